// One peer in memory with a port for ZooKeeper clients: npx coterie serve --memory does the same.
import { createPeer, memory } from "coterie";

const peer = createPeer({
  id: 1,
  ensemble: { 1: "127.0.0.1:2888" },
  storage: memory(),
  zookeeper: { port: Number(process.argv[2] ?? 2181) },
});
await peer.start();
const session = await peer.openSession();
await session.create("/greeting", "hello from Node.js");
console.log(`ZooKeeper clients may connect at ${peer.status.ports.join(", ")}`);

const watch = await session.watch("/from-python");
for await (const event of watch) {
  if (event.kind !== "created") continue;
  console.log(`python says ${(await session.get("/from-python")).text()}`);
  break;
}
await session.close();
await peer.stop();
