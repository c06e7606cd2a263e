// Starts three instances of app.mjs, asks them over HTTP what they know, and takes the leader away.
import { fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const directory = await mkdtemp(join(tmpdir(), "coterie-embed-peer-"));
const ports = await Promise.all([1, 2, 3].map(freePort));
const ensemble = Object.fromEntries(ports.map((port, index) => [index + 1, `127.0.0.1:${port}`]));
const secret = randomBytes(32).toString("base64");

const instances = await Promise.all(
  [1, 2, 3].map(async (id) => {
    const config = { id, ensemble, directory: join(directory, String(id)), port: 0, secret };
    const child = fork(new URL("app.mjs", import.meta.url), {
      env: { ...process.env, APP_CONFIG: JSON.stringify(config) },
    });
    const [{ url }] = await once(child, "message");
    return { id, child, url };
  }),
);
console.log(`${instances.length} instances are up`);

const first = await untilAll((all) => all.every(({ instances: known }) => known.length === 3) && leaders(all) === 1);
const leader = first.find(({ isLeader }) => isLeader).id;
console.log(`each knows 3 instances, and 1 of them leads`);

const [leaving] = instances.splice(leader - 1, 1);
leaving?.child.kill("SIGTERM");
await (leaving && once(leaving.child, "exit"));
await untilAll((all) => all.every(({ instances: known }) => known.length === 2) && leaders(all) === 1);
console.log(`the leader has left: each knows 2 instances, and another one leads`);

for (const one of instances) one.child.kill("SIGTERM");
await Promise.all(instances.map((one) => once(one.child, "exit")));
await rm(directory, { recursive: true, force: true });
console.log("all have ended");

/** @param {{ isLeader: boolean }[]} all */
function leaders(all) {
  return all.filter(({ isLeader }) => isLeader).length;
}

/** Asks all instances until what they say is so. @param {(all: any[]) => boolean} isSo @returns {Promise<any[]>} */
async function untilAll(isSo) {
  for (;;) {
    const all = await Promise.all(instances.map(async ({ url }) => (await fetch(url)).json()));
    if (isSo(all)) return all;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  server.close();
  await once(server, "close");
  return port;
}
