import { CoterieError } from "@coterie/interface";
import { XID_PING } from "@coterie/protocol";
import fc from "fast-check";
import { expect, it } from "vitest";
import {
  connectFrame,
  eventFrame,
  EXPIRED_FRAME,
  FROM_COTERIE,
  GOODBYE_FRAME,
  readSent,
  replyFrame,
} from "../support/frames.ts";
import { MachineKit } from "../support/machine-kit.ts";

type Happening =
  | "submit"
  | "submit too much"
  | "open"
  | "greet"
  | "expire"
  | "answer"
  | "garbage"
  | "event"
  | "break"
  | "goodbye"
  | "stale"
  | "choke"
  | "drain"
  | "wake"
  | "later"
  | "close"
  | "detach";

const COMMON: readonly Happening[] = ["submit", "open", "greet", "answer", "wake"];
const RARE: readonly Happening[] = [
  "submit too much",
  "garbage",
  "event",
  "break",
  "goodbye",
  "stale",
  "choke",
  "drain",
  "later",
];
const LAST: readonly Happening[] = ["expire", "close", "detach"];
const happening = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...COMMON) },
  { weight: 4, arbitrary: fc.constantFrom(...RARE) },
  { weight: 1, arbitrary: fc.constantFrom(...LAST) },
);

/** A world that drives a machine at random, and answers in the order in which it was asked. */
class Driver {
  readonly kit = new MachineKit({ addresses: ["a:1", "b:1"], limits: { queuedMax: 8 } });
  xidsSent: number[] = [];
  submitted = 0;
  private link = 0;
  private seen = 0;
  private toAnswer: { xid: number; kind: string }[] = [];

  run(what: Happening): void {
    const { kit } = this;
    switch (what) {
      case "submit":
        this.submit(1);
        break;
      case "submit too much":
        this.submit(2 ** 20);
        break;
      case "open":
        if (kit.sent.length === 0) kit.step({ kind: "opened", link: kit.link });
        break;
      case "greet":
      case "expire":
        if (kit.sent.length === 1) kit.frame(what === "greet" ? connectFrame(FROM_COTERIE) : EXPIRED_FRAME);
        break;
      case "answer":
        this.answer();
        break;
      case "garbage":
        if (kit.sent.length > 1) kit.frame(new Uint8Array([0, 0, 0, 99, 1]));
        break;
      case "event":
        if (kit.sent.length > 1) kit.frame(eventFrame(3, "/a", 1));
        break;
      case "break":
        kit.closed();
        break;
      case "goodbye":
        // Nothing of what is not answered was taken: it may be sent once more.
        if (kit.sent.length > 1) {
          this.xidsSent = this.xidsSent.filter((xid) => !this.toAnswer.some((unanswered) => unanswered.xid === xid));
          kit.frame(GOODBYE_FRAME);
        }
        break;
      case "stale":
        kit.step({ kind: "closed", link: kit.link - 1, reason: new CoterieError("CONNECTION_CLOSED") });
        break;
      case "choke":
        kit.step({ kind: "choked", link: kit.link });
        break;
      case "drain":
        kit.step({ kind: "drained", link: kit.link });
        break;
      case "wake":
        if (kit.machine.wakeAtMs() < Infinity) kit.at(Math.max(kit.nowMs, kit.machine.wakeAtMs()));
        break;
      case "later":
        kit.nowMs += 700;
        break;
      default:
        kit.step({ kind: what });
    }
    this.lookAtWhatWasSent();
  }

  private submit(sizeBytes: number): void {
    const data = new Uint8Array(sizeBytes);
    this.kit.submit(String(this.submitted), { kind: "setData", path: "/a", data, version: -1 });
    this.submitted += 1;
  }

  private answer(): void {
    const next = this.toAnswer.shift();
    if (next === undefined) return;
    const body = next.kind === "setData" ? null : { kind: next.kind as "ping" };
    this.kit.frame(replyFrame(next.xid, body, { err: next.kind === "setData" ? -101 : 0 }));
  }

  private lookAtWhatWasSent(): void {
    const { kit } = this;
    if (kit.link !== this.link) {
      this.link = kit.link;
      this.seen = 1;
      this.toAnswer = [];
    }
    for (const frame of kit.sent.slice(this.seen)) {
      const { xid, body } = readSent(frame);
      if (body.kind === "setData") this.xidsSent.push(xid);
      this.toAnswer.push({ xid: body.kind === "ping" ? XID_PING : xid, kind: body.kind });
    }
    this.seen = Math.max(this.seen, kit.sent.length);
  }
}

const FULL_LIFE: Happening[] = ["open", "greet", "submit", "answer", "submit too much", "detach", "submit"];
const THROTTLED = new Set(["THROTTLED_OP", "SESSION_EXPIRED"]);

it("whatever happens, each request is answered once, in order, and nothing is sent twice", () => {
  const reached = new Set<string>();
  fc.assert(
    fc.property(fc.array(happening, { minLength: 20, maxLength: 150 }), (happenings) => {
      const driver = new Driver();
      const { kit } = driver;
      kit.step({ kind: "start" });
      for (const what of happenings) driver.run(what);
      kit.step({ kind: "detach" });
      const names = kit.replies.map(({ name }) => Number(name));
      expect(names.toSorted((one, other) => one - other)).toEqual(
        Array.from({ length: driver.submitted }, (_, i) => i),
      );
      // Those that are answered at once, since too much waits or nothing is there any more, are answered before their turn.
      const inTurn = kit.replies
        .filter(({ reply }) => !THROTTLED.has(reply.code ?? ""))
        .map(({ name }) => Number(name));
      expect(inTurn).toEqual(inTurn.toSorted((one, other) => one - other));
      expect(driver.xidsSent).toEqual([...new Set(driver.xidsSent)].toSorted((one, other) => one - other));
      expect(kit.machine.wakeAtMs()).toBe(Infinity);
      for (const { reply } of kit.replies) reached.add(reply.code ?? "ok");
    }),
    { examples: [[Array<Happening>(9).fill("submit")], [FULL_LIFE]] },
  );
  // The examples alone come to each of these, so that the property is not one of nothing.
  expect([...reached].toSorted()).toEqual([
    "BAD_ARGUMENTS",
    "CONNECTION_LOSS",
    "NO_NODE",
    "SESSION_EXPIRED",
    "THROTTLED_OP",
  ]);
});
