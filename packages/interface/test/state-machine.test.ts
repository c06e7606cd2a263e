import {
  type Applied as CoreApplied,
  type CoreStateMachine,
  createStateMachine,
  type PrepareContext,
  Restore,
  type WriteRequest,
} from "@coterie/core";
import { describe, expect, it } from "vitest";
import {
  createZxid,
  SESSION_NONE,
  type StateMachine,
  type StateRestore,
  type WallTimeMs,
  type Zxid,
} from "../src/index.ts";

type Machine = StateMachine<WriteRequest, PrepareContext, CoreApplied>;

/** A request that changes the state for odd counters, and one that fails for even ones; both give a txn. */
function requestAt(counter: number): [WriteRequest, PrepareContext] {
  const config: WriteRequest = { kind: "config", data: Uint8Array.of(counter) };
  const refused: WriteRequest = { kind: "refuse", code: "SESSION_MOVED" };
  const zxid = createZxid(1, counter);
  const context = { zxid, timeMs: 1_000 as WallTimeMs, sessionId: SESSION_NONE, cxid: 0, identities: [] };
  return [counter % 2 === 0 ? refused : config, context];
}

/** Uses nothing but the seam. */
function prepareAndApply(machine: Machine, counter: number): Zxid {
  const [request, context] = requestAt(counter);
  const txn = machine.prepare(request, context);
  machine.apply(context.zxid, txn);
  return machine.lastAppliedZxid;
}

describe("core's state machine", () => {
  it("is a StateMachine, whose checkpoint restores to an equal one", () => {
    const machine: Machine = createStateMachine();
    expect([1, 2].map((counter) => prepareAndApply(machine, counter))).toEqual([createZxid(1, 1), createZxid(1, 2)]);

    machine.prepare(...requestAt(3));
    machine.discardPrepared();

    const restore: StateRestore<CoreStateMachine> = new Restore();
    const writer = machine.checkpoints.begin();
    const digest = machine.digest;
    prepareAndApply(machine, 3);
    expect(machine.digest).not.toBe(digest);
    let step = writer.step();
    for (; step.kind !== "done"; step = writer.step()) if (step.kind === "page") restore.addPage(step.bytes);
    machine.checkpoints.confirm(step.summary);
    expect(step.summary).toMatchObject({ kind: "full", zxid: createZxid(1, 2), digest });

    while (restore.step());
    const restored: Machine = restore.finish(step.summary);
    restored.checkpoints.resume(step.summary.pagesSizeBytes, 0);
    expect(restored.digest).toBe(digest);
    prepareAndApply(restored, 3);
    expect(restored.digest).toBe(machine.digest);
    expect(restored.checkpoints.begin().kind).toBe("delta");
    restored.checkpoints.abandon();
    expect(restored.checkpoints.begin().kind).toBe("full");
  });
});
