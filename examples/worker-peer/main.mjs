// The application: it is busy for longer than its session's timeout, and keeps the session and what belongs to it.
import { connectPeer } from "coterie";
import { Worker } from "node:worker_threads";

const busyMs = Number(process.argv[2] ?? 5000);
const worker = new Worker(new URL("peer-worker.mjs", import.meta.url));
const peer = connectPeer(worker);
const session = await peer.openSession({ sessionTimeoutMs: 1000, deadlineMs: 30_000 });
const { stat } = await session.create("/busy", "here", { mode: "ephemeral" });
console.log(`a session with a timeout of ${session.timeoutMs} ms, and an ephemeral znode`);

const endMs = performance.now() + busyMs;
while (performance.now() < endMs);
console.log(`the main thread was busy for ${busyMs} ms`);

const znode = await session.get("/busy");
console.log(
  `the znode is ${znode.stat.czxid === stat.czxid ? "still there" : "another one"}, the session is ${session.state}`,
);
await session.close();
peer.leave();
await worker.terminate();
