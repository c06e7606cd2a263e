// Tests of the application's code on a real ensemble of three peers, in memory: no server, no port, no sleep. Time passes when a
// test says so, and equal seeds give equal runs.
import { createTestEnsemble } from "coterie/testing";
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { awaitReport, writeReport } from "./report-job.mjs";

/** @type {import("coterie/testing").TestEnsemble} */
let ensemble;
/** One for each instance of the application. @type {import("coterie").Session[]} */
let sessions;

beforeEach(async () => {
  ensemble = await createTestEnsemble({ peerCount: 3, seed: 7 });
  sessions = await Promise.all([1, 2, 3].map((id) => ensemble.openSession(id)));
  await sessions[0]?.create("/reports");
});

afterEach(() => ensemble.stop());

/** The session of instance 1, 2 or 3. @param {number} id */
function at(id) {
  const session = sessions[id - 1];
  assert.ok(session);
  return session;
}

void describe("the report", () => {
  void it("is written by one of three instances", async () => {
    const wrote = await Promise.all(sessions.map((session) => writeReport(session, "monday", async () => "done")));
    assert.equal(wrote.filter(Boolean).length, 1);
  });

  void it("is seen by an instance that waits for it", async () => {
    const report = awaitReport(at(2), "tuesday");
    assert.equal(await writeReport(at(1), "tuesday", async () => "all is well"), true);
    assert.equal(await report, "all is well");
  });

  void it("is not written by an instance whose session has expired meanwhile", async () => {
    const late = writeReport(at(1), "wednesday", async () => {
      await ensemble.expire(at(1)); // as if its process had stood still for too long
      return "too late";
    });
    await assert.rejects(late, { code: "NOT_HELD" });
    assert.equal(await writeReport(at(2), "wednesday", async () => "in time"), true);
    assert.equal(await awaitReport(at(3), "wednesday"), "in time");
  });

  void it("is written by another instance when the one that was at it is cut off", async () => {
    const cutOff = writeReport(at(1), "thursday", () => new Promise(() => undefined)); // it never gets ready
    cutOff.catch(() => undefined);
    await ensemble.settle();
    const waits = writeReport(at(2), "thursday", async () => "by the second");
    ensemble.partition([1], [2, 3]);
    await ensemble.advance(20_000); // its session expires, and the lock goes to the next
    assert.equal(await waits, true);
    assert.equal(at(1).state, "lost");
  });

  void it("is waited for by a client that loses its peer, and may have missed something meanwhile", async () => {
    const report = awaitReport(await ensemble.connect(), "saturday");
    await ensemble.settle();
    for (const id of [1, 2, 3]) {
      ensemble.crash(id);
      await ensemble.advance(5_000); // the client goes on at another peer
      await ensemble.restart(id);
      await ensemble.advance(10_000);
    }
    assert.equal(await writeReport(await ensemble.openSession(1), "saturday", async () => "at last"), true);
    assert.equal(await report, "at last");
  });

  void it("is waited for while the ensemble has no leader", async () => {
    const leader = ensemble.leader() ?? 0;
    const [one = 0, other = 0] = [1, 2, 3].filter((id) => id !== leader);
    const report = awaitReport(at(one), "friday");
    ensemble.crash(leader);
    const writes = writeReport(at(other), "friday", async () => "under the next leader");
    await ensemble.advance(10_000); // the others notice, and elect another one
    assert.equal(await writes, true);
    assert.equal(await report, "under the next leader");
  });
});
