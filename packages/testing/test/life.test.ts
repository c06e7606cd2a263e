import { describe, expect, it } from "vitest";
import { createTestEnsemble, type TestEnsembleOptions } from "../src/index.ts";

describe("createTestEnsemble", () => {
  it.each<[string, object, RegExp]>([
    ["no peers", { peerCount: 0 }, /peerCount must be an integer in 1\.\.254/],
    ["half an observer", { observerCount: 0.5 }, /observerCount/],
    [
      "more peers than there are ids",
      { peerCount: 250, observerCount: 5 },
      /observerCount must be an integer in 0\.\.4/,
    ],
    ["a seed that is none", { seed: -1 }, /seed must be an integer in 0\.\./],
    ["a timeout that is none", { sessionTimeoutMs: 0 }, /sessionTimeoutMs/],
    ["a misspelt option", { peers: 3 }, /"peers" is no option of createTestEnsemble; there are peerCount/],
    ["a timing of no name", { timing: "fast" }, /timing/],
    ["a wall clock that is none", { wallTimeMs: Number.NaN }, /wallTimeMs/],
  ])("refuses %s", async (_, options, message) => {
    const refused = { code: "BAD_ARGUMENTS", message: expect.stringMatching(message) };
    await expect(createTestEnsemble(options as TestEnsembleOptions)).rejects.toMatchObject(refused);
  });
});

describe("stop", () => {
  it("closes sessions, stops peers, and may be called again", async () => {
    const ensemble = await createTestEnsemble();
    const session = await ensemble.openSession();
    const { peers } = ensemble;
    await Promise.all([ensemble.stop(), ensemble.stop()]);
    await ensemble[Symbol.asyncDispose]();
    expect([session.state, ...peers.map(({ status }) => status.state)]).toEqual([
      "closed",
      "stopped",
      "stopped",
      "stopped",
    ]);
  });

  it("ends whatever state the ensemble is in", async () => {
    const ensemble = await createTestEnsemble();
    const sessions = await Promise.all([1, 2, 3].map((id) => ensemble.openSession(id)));
    ensemble.storage(1).stallWrites();
    ensemble.partition([1], [2], [3]);
    let outcome: unknown = "pending";
    const told = (what: unknown): unknown => (outcome = what);
    sessions[0]!.create("/a").then(({ path }) => told(path), told);
    ensemble.crash(2);
    await ensemble.advance(100);
    await ensemble.stop();
    expect(sessions.map(({ state }) => state)).not.toContain("connected");
    // Its network and stores are whole again before it stops: what was asked is answered.
    expect(outcome).toBe("/a");
  });

  it("leaves nothing that can be used, and says so", async () => {
    const ensemble = await createTestEnsemble({ seed: 5 });
    await ensemble.stop();
    const stopped = expect.objectContaining({
      code: "PEER_STOPPED",
      message: "the ensemble was stopped: create another one (replay with seed 5)",
    });
    expect(() => ensemble.leader()).toThrow(stopped);
    expect(() => ensemble.peers).toThrow(stopped);
    expect(() => ensemble.crash(1)).toThrow(stopped);
    expect(() => ensemble.partition([1])).toThrow(stopped);
    expect(() => ensemble.heal()).toThrow(stopped);
    expect(() => ensemble.storage(1)).toThrow(stopped);
    for (const call of [
      ensemble.openSession(),
      ensemble.advance(1),
      ensemble.settle(),
      ensemble.restart(1),
      ensemble.expire("0x1"),
    ]) {
      await expect(call).rejects.toEqual(stopped);
    }
  });

  it("gives what a session is refused for with the seed", async () => {
    const ensemble = await createTestEnsemble({ seed: 6 });
    ensemble.partition([1], [2], [3]);
    await ensemble.advance(10_000);
    const failure = ensemble.openSession(1, { deadlineMs: 5000 }).catch((error: unknown) => error);
    await ensemble.advance(5000);
    const message: unknown = expect.stringMatching(/no quorum within 5000 ms.*\(replay with seed 6\)$/);
    expect(await failure).toMatchObject({ code: "NO_QUORUM", message });
    await ensemble.stop();
  });
});
