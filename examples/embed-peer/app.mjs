// One instance of a web application. All run this file; they differ in their id and their port.
import { classicLevel, createPeer, tcp } from "coterie";
import { once } from "node:events";
import { createServer } from "node:http";

/** @type {{ id: number, ensemble: Record<number, string>, directory: string, port: number, secret: string }} */
const { id, ensemble, directory, port, secret } = JSON.parse(process.env["APP_CONFIG"] ?? "");

const peer = createPeer({ id, ensemble, storage: classicLevel(directory), transport: tcp({ secret }) });
await peer.start();
const session = await peer.openSession({ deadlineMs: 60_000 });

// What the whole application knows, kept up to date in this process.
const state = { isLeader: false, greeting: "hello", instances: /** @type {string[]} */ ([]) };

const server = createServer((_, response) => {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ id, ...state }));
});
server.listen(port, "127.0.0.1");
await once(server, "listening");
const address = /** @type {import("node:net").AddressInfo} */ (server.address());

await follow("/app/greeting", async () => {
  if (await session.exists("/app/greeting")) state.greeting = (await session.get("/app/greeting")).text();
});
await session.create(`/app/instances/${id}`, `http://127.0.0.1:${address.port}`, { mode: "ephemeral", parents: true });
await follow("/app/instances", async () => {
  const { children } = await session.children("/app/instances");
  const znodes = children.toSorted().map((name) => session.get(`/app/instances/${name}`));
  state.instances = (await Promise.all(znodes)).map((znode) => znode.text());
});
const candidate = await session.create("/app/leader/n-", null, { mode: "ephemeral-sequential", parents: true });
await follow("/app/leader", async () => {
  const { children } = await session.children("/app/leader");
  state.isLeader = candidate.path === `/app/leader/${children.toSorted()[0]}`;
});

process.send?.({ url: `http://127.0.0.1:${address.port}` });
process.once("SIGTERM", () => void stop());
process.once("disconnect", () => void stop());

/** Looks now, and again whenever something changes at `path` or below it. @param {string} path @param {() => Promise<void>} look */
async function follow(path, look) {
  const watch = await session.watch(path, { recursive: true });
  await look();
  const run = async () => {
    for await (const _ of watch) {
      // What goes between two looks is seen at the next one.
      await look().catch((error) => {
        if (error.code !== "NO_NODE") throw error;
      });
    }
  };
  run().catch((error) => (session.state === "closed" ? undefined : console.error(`peer ${id}:`, error)));
}

async function stop() {
  server.close();
  await session.close();
  await peer.stop();
  process.exit();
}
