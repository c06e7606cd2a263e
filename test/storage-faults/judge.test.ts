import { createSeededRandom, positionOf } from "@coterie/interface";
import { beforeAll, describe, expect, it } from "vitest";
import { encodeSlot, readSlots, SLOT_BYTES, SLOT_COUNT } from "../../packages/storage-level/src/sidecar/slots.ts";
import type { Image } from "./disk.ts";
import { judge, type Testimony, testimonyOf, watermarkIn } from "./judge.ts";
import { drawPlan } from "./plan.ts";
import { record, type Recording } from "./recording.ts";

// Without the recorder, so that this runs everywhere: what a killed process leaves, and what it never would.
describe("the judge", () => {
  let early: Recording;
  let late: Recording;
  let testimony: Testimony;

  beforeAll(async () => {
    const plan = drawPlan(createSeededRandom(11), 40);
    const half = { steps: plan.steps.slice(0, 12), states: plan.states };
    [early, late] = [await record(half, null), await record(plan, null)];
    testimony = testimonyOf(plan, late.acks, await watermarkIn(late.left));
  });

  function changed(path: RegExp, change: (bytes: Buffer) => Buffer): Image {
    return new Map([...late.left].map(([name, bytes]) => [name, path.test(name) ? change(bytes) : bytes]));
  }

  /** The second copy says what the first one does, behind which it may be for some milliseconds. */
  function caughtUp(image: Image): Image {
    const { reading } = readSlots(image.get("store/sidecar")!);
    const last = testimony.plan.states.at(-1)?.entries.at(-1);
    if (reading.kind !== "standing" || last === undefined) throw new Error("the plan ends with a log");
    const content = { kind: "standing", state: { ...reading.state, watermark: positionOf(last) } } as const;
    const bytes = Buffer.alloc(SLOT_BYTES * SLOT_COUNT);
    bytes.set(encodeSlot({ number: 1, content }));
    return new Map([...image, ["store/sidecar", bytes]]);
  }

  it("finds nothing wrong with what a killed process leaves", async () => {
    expect(testimony.done).toBe(testimony.plan.steps.length - 1);
    expect(testimony.watermark).toBeGreaterThan(0);
    expect(await judge(late.left, testimony)).toEqual({ outcome: "intact", detail: "" });
  });

  it("finds the loss that no store can see: all of it is as it was some time before (ST-29)", async () => {
    expect((await judge(early.left, testimony)).outcome).toBe("VIOLATION");
  });

  it("finds a store that is gone", async () => {
    expect(await judge(new Map(), testimony)).toEqual({
      outcome: "VIOLATION",
      detail: "a store that was acknowledged is blank",
    });
  });

  it("finds bytes that were never written", async () => {
    const { states, steps } = testimony.plan;
    const others = states.map(
      (state) => state && { ...state, entries: state.entries.map((entry) => ({ ...entry, tag: entry.tag ^ 1 })) },
    );
    const verdict = await judge(late.left, { ...testimony, plan: { steps, states: others } });
    expect(verdict).toMatchObject({ outcome: "VIOLATION", detail: expect.stringMatching(/is not what was written$/) });
  });

  it("finds a promise that was lost", async () => {
    const { states, steps } = testimony.plan;
    const others = states.map((state) => state && { ...state, hardState: { ...state.hardState, incarnation: 9 } });
    const verdict = await judge(late.left, { ...testimony, plan: { steps, states: others } });
    expect(verdict).toEqual({ outcome: "VIOLATION", detail: "a promise was lost without a word" });
  });

  it("lets a store be refused, and be amnesiac", async () => {
    const noCurrent = new Map([...late.left].filter(([path]) => !path.endsWith("CURRENT")));
    expect(await judge(noCurrent, testimony)).toEqual({ outcome: "refused", detail: "STORE_CORRUPT" });
    const noSidecar = new Map([...late.left].filter(([path]) => !path.endsWith("sidecar")));
    expect((await judge(noSidecar, testimony)).outcome).toBe("amnesiac");
    const noLog = caughtUp(changed(/\d\.log$/, () => Buffer.alloc(0)));
    expect((await judge(noLog, { ...testimony, watermark: await watermarkIn(noLog) })).outcome).toBe("amnesiac");
  });
});
