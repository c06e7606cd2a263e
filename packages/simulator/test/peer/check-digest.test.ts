import { type CoreStateMachine, createStateMachine } from "@coterie/core";
import { type PeerId, SESSION_NONE, type WallTimeMs, type Zxid } from "@coterie/interface";
import { describe, expect, it } from "vitest";
import { Violation } from "../../src/invariants/invariant.ts";
import { checkDigest } from "../../src/peer/check-digest.ts";
import { writeOf } from "../../src/peer/calls.ts";

const PEER = 1 as PeerId;

function filled(): CoreStateMachine {
  const machine = createStateMachine();
  for (let zxid = 1; zxid <= 5; zxid++) {
    const context = {
      zxid: zxid as Zxid,
      timeMs: zxid as WallTimeMs,
      sessionId: SESSION_NONE,
      cxid: 0,
      identities: [],
    };
    const write = writeOf({ kind: "create", path: `/n${zxid}`, data: "x", mode: "persistent" });
    machine.apply(zxid as Zxid, machine.prepare(write, context));
  }
  return machine;
}

describe("the digest that is made anew", () => {
  it("is that of the machine, again and again, and leaves it as it is", () => {
    const machine = filled();
    const { digest } = machine;
    checkDigest(PEER, machine);
    checkDigest(PEER, machine);
    expect([machine.digest, machine.lastAppliedZxid, machine.statistics.znodeCount]).toEqual([
      digest,
      5,
      filled().statistics.znodeCount,
    ]);
    expect(machine.checkpoints.begin().kind).toBe("full");
  });

  it("shows a machine whose digest is that of another state", () => {
    const { checkpoints, lastAppliedZxid } = filled();
    const { digest } = createStateMachine();
    expect(() => checkDigest(PEER, { checkpoints, digest, lastAppliedZxid })).toThrow(Violation);
  });
});
