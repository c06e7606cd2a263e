// Tests on a real ensemble of three peers, in memory: no server, no port, no sleep.
import { createMemoryNetwork, createPeer, memory } from "coterie";
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { awaitReport, runOncePerDay } from "./report-job.mjs";

/** @type {import("coterie").Peer[]} */
let peers = [];

/** A session in the process of one of them. @param {number} index */
async function openAt(index) {
  const peer = peers[index];
  assert.ok(peer);
  return peer.openSession();
}

before(async () => {
  const network = createMemoryNetwork();
  const ensemble = { 1: "a:1", 2: "b:1", 3: "c:1" };
  peers = ["a", "b", "c"].map((host, index) => {
    const transport = network.transport(host);
    return createPeer({ id: index + 1, ensemble, storage: memory(), transport, timing: "dedicated" });
  });
  await Promise.all(peers.map((peer) => peer.start()));
});

after(() => Promise.all(peers.map((peer) => peer.stop())));

void describe("the report", () => {
  void it("is written by one of three instances", async () => {
    const sessions = await Promise.all(peers.map((peer) => peer.openSession()));
    const ran = await Promise.all(sessions.map((session) => runOncePerDay(session, "monday", async () => "done")));
    assert.equal(ran.filter(Boolean).length, 1);
    await Promise.all(sessions.map((session) => session.close()));
  });

  void it("is seen by an instance that waits for it", async () => {
    const [writer, reader] = await Promise.all([openAt(0), openAt(1)]);
    const report = awaitReport(reader, "tuesday");
    assert.equal(await runOncePerDay(writer, "tuesday", async () => "all is well"), true);
    assert.equal(await report, "all is well");
    await Promise.all([writer.close(), reader.close()]);
  });
});
