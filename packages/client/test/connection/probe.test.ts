import { XID_PING, XID_PROBE } from "@coterie/protocol";
import { describe, expect, it } from "vitest";
import { FROM_COTERIE, probedFrame, replyFrame } from "../support/frames.ts";
import { MachineKit, type MachineKitOptions } from "../support/machine-kit.ts";

const SYNC = { kind: "sync", path: "/" } as const;
const PROBE = `send ${XID_PROBE} ping`;
const LEFT = ["abort", "suspended CONNECTION_LOSS", expect.stringMatching(/^dial /)];
const ANSWER = probedFrame({ nextMs: 300, withinMs: 450 });

function connected(options: MachineKitOptions = {}): MachineKit {
  const kit = new MachineKit({ addresses: ["a:1", "b:1"], ...options });
  kit.step({ kind: "start" });
  kit.connect(FROM_COTERIE);
  return kit;
}

/** Whose server has been asked, has answered, and is asked again: from then on it has 450 ms. */
function probing(options: MachineKitOptions = {}): MachineKit {
  const kit = connected(options);
  expect(kit.wake()).toEqual([PROBE]);
  expect(kit.frame(ANSWER)).toEqual([]);
  expect(kit.wake()).toEqual([PROBE]);
  return kit;
}

describe("whether the server is there", () => {
  it("is asked soon, and then as often as it says itself", () => {
    const kit = connected();
    expect(kit.at(1_249)).toEqual([]);
    expect(kit.at(1_250)).toEqual([PROBE]);
    kit.nowMs = 1_260;
    kit.frame(probedFrame({ nextMs: 700, withinMs: 450 }));
    expect(kit.at(1_959)).toEqual([]);
    expect(kit.at(1_960)).toEqual([PROBE]);
  });

  it("is known by its silence: it is left for another one, long before the session is in danger", () => {
    const kit = probing();
    const askedMs = kit.nowMs;
    expect(kit.at(askedMs + 449)).toEqual([]);
    expect(kit.at(askedMs + 450)).toEqual(LEFT);
    expect(kit.dialled[1]).not.toBe(kit.dialled[0]);
  });

  it("is shown by anything that it says", () => {
    const kit = probing();
    const askedMs = kit.nowMs;
    kit.submit("a", SYNC);
    kit.nowMs = askedMs + 400;
    kit.frame(replyFrame(1, { kind: "sync", path: "/" }));
    expect(kit.at(askedMs + 849)).toEqual([]);
    expect(kit.at(askedMs + 850)).toEqual(LEFT);
  });

  it("is not judged before it has said how long it may take", () => {
    const kit = connected();
    expect(kit.wake()).toEqual([PROBE]);
    // A third of the timeout after the connect request.
    expect(kit.wake()).toEqual([`send ${XID_PING} ping`]);
    expect(kit.nowMs).toBe(4_000);
  });

  it("is not judged while the transport is full: the question may not have left", () => {
    const kit = probing();
    kit.step({ kind: "choked", link: kit.link });
    expect(kit.at(kit.nowMs + 450)).toEqual([]);
    expect(kit.machine.wakeAtMs()).toBeGreaterThan(kit.nowMs);
    kit.step({ kind: "drained", link: kit.link });
    expect(kit.at(kit.nowMs)).toEqual(LEFT);
  });

  it("is waited for twice as long each time, until a connection has held for a minute", () => {
    const kit = connected();
    const waits: number[] = [];
    const fallSilent = (lastsMs: number): void => {
      const sinceMs = kit.nowMs;
      let told: string[] = [];
      while (!told.includes(PROBE) || kit.nowMs - sinceMs < lastsMs) {
        told = kit.wake();
        if (told.includes(PROBE) && kit.nowMs - sinceMs < lastsMs) kit.frame(ANSWER);
        else if (told.includes(`send ${XID_PING} ping`)) kit.frame(replyFrame(XID_PING, { kind: "ping" }));
      }
      const askedMs = kit.nowMs;
      while (!told.includes("abort")) told = kit.wake();
      waits.push(kit.nowMs - askedMs);
      while (!told.some((word) => word.startsWith("dial"))) told = kit.wake();
      kit.connect(FROM_COTERIE);
    };
    fallSilent(400);
    fallSilent(400);
    fallSilent(400);
    fallSilent(61_000);
    fallSilent(400);
    expect(waits).toEqual([450, 900, 1_800, 3_600, 900]);
  });

  it("is asked neither of Apache ZooKeeper nor where the server keeps the session", () => {
    const other = new MachineKit();
    other.step({ kind: "start" });
    other.connect();
    expect(other.wake()).toEqual([`send ${XID_PING} ping`]);
    expect(other.frame(ANSWER)[0]).toBe("abort");
    const kept = connected({ isKept: true });
    for (let count = 0; count < 5; count++) expect(kept.wake()).toEqual([]);
  });

  it("cannot be answered without being asked, nor so that it is asked without pause", () => {
    expect(connected().frame(ANSWER)[0]).toBe("abort");
    const kit = connected();
    kit.wake();
    kit.frame(probedFrame({ nextMs: -5, withinMs: 0 }));
    const answeredMs = kit.nowMs;
    expect(kit.wake()).toEqual([PROBE]);
    expect(kit.nowMs).toBe(answeredMs + 50);
    expect(kit.wake()).toEqual(LEFT);
    expect(kit.nowMs).toBe(answeredMs + 150);
  });
});
