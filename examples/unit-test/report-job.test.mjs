// Tests on a real ensemble of three peers, in memory: no server, no port, no sleep.
import { createMemoryNetwork, createPeer, memory } from "coterie";
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { awaitReport, runOncePerDay } from "./report-job.mjs";

/** @type {import("coterie").Peer[]} */
let peers = [];

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

describe("the report", () => {
  it("is written by one of three instances", async () => {
    const sessions = await Promise.all(peers.map((peer) => peer.openSession()));
    const ran = await Promise.all(sessions.map((session) => runOncePerDay(session, "monday", async () => "done")));
    assert.equal(ran.filter(Boolean).length, 1);
    await Promise.all(sessions.map((session) => session.close()));
  });

  it("is seen by an instance that waits for it", async () => {
    const [writer, reader] = await Promise.all([peers[0].openSession(), peers[1].openSession()]);
    const report = awaitReport(reader, "tuesday");
    assert.equal(await runOncePerDay(writer, "tuesday", async () => "all is well"), true);
    assert.equal(await report, "all is well");
    await Promise.all([writer.close(), reader.close()]);
  });
});
