// What npm start shows: three peers in three processes on this machine, with their stores on disk and their links encrypted.
import { connect } from "coterie";
import { fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { bold, dim, heading, row } from "./printing.mjs";

const IDS = [1, 2, 3];
const directory = await mkdtemp(join(tmpdir(), "coterie-three-peers-"));
const [peerPorts, clientPorts] = await freePorts();
const ensemble = Object.fromEntries(IDS.map((id, index) => [id, `127.0.0.1:${peerPorts[index]}`]));
const secret = randomBytes(32).toString("base64");
/** @type {Map<number, import("node:child_process").ChildProcess>} */
const processes = new Map();
/** @type {Map<number, string>} */
const roles = new Map();
/** @type {{ kind: string, count: number, done: () => void }[]} */
let awaited = [];
let isEnding = false;
/** @type {import("coterie").Session | null} */
let session = null;

process.once("SIGINT", () => void end());
process.once("SIGTERM", () => void end());

heading(
  "Three processes",
  "Each embeds a peer: a store on disk, encrypted links to the others, a port for ZooKeeper clients.",
);
const allReady = until("ready", 3);
for (const id of IDS) startPeer(id);
await allReady;
row(leader(), bold("leads the ensemble"));

heading("Live configuration", "A client writes; every process has the change pushed to it.");
const client = await connect(clientPorts.map((port) => `127.0.0.1:${port}`).join(","), { sessionTimeoutMs: 4000 });
session = client;
for (const value of ["colour = blue", "colour = green"]) {
  const seen = until("config", 3);
  row(0, `writes ${bold(value)}`);
  if (await client.exists("/app/config")) await client.set("/app/config", value);
  else await client.create("/app/config", value, { parents: true });
  await seen;
}

heading("A lock", "All three want it at once; they get it one after the other.");
const unlocked = until("unlocked", 3);
for (const child of processes.values()) child.send("work");
await unlocked;

heading("The leader dies", "kill -9 while a client writes as fast as it can.");
await showFailover();

heading("It comes back", "The same command line, the same directory: it recovers, and fetches what it missed.");
const back = until("ready", 1);
startPeer(IDS.find((id) => !processes.has(id)) ?? 0);
await back;
const { stat } = await client.get("/writes");
row(0, `reads /writes: version ${stat.version}, nothing that was acknowledged is missing`);

heading("Try it", "Any ZooKeeper client will do.");
console.log(`  zkCli.sh -server 127.0.0.1:${clientPorts[0]}`);
console.log(`  echo srvr | nc 127.0.0.1 ${clientPorts[0]}`);
if (process.stdin.isTTY || process.argv.includes("--stay")) {
  console.log(dim("\n  Ctrl-C ends it."));
} else {
  console.log(dim("\n  Nobody is at the keyboard, so it ends here (npm start -- --stay keeps it up)."));
  await end();
}

async function showFailover() {
  const dying = leader();
  let acknowledged = 0;
  let gapMs = 0;
  let lastMs = performance.now();
  let isWriting = true;
  await client.create("/writes", "0");
  const writing = (async () => {
    while (isWriting) {
      try {
        await client.set("/writes", String(acknowledged + 1));
        acknowledged += 1;
      } catch {
        // The outcome is unknown, or there is no leader yet: the next one tells.
        await sleep(5);
        continue;
      }
      gapMs = Math.max(gapMs, performance.now() - lastMs);
      lastMs = performance.now();
    }
  })();
  await sleep(500);
  const before = acknowledged;
  const departed = until("services", 2);
  row(dying, bold("is killed"));
  processes.get(dying)?.kill("SIGKILL");
  await departed;
  row(leader(), bold("leads the ensemble"));
  await sleep(300);
  isWriting = false;
  await writing;
  row(
    0,
    `${acknowledged} writes acknowledged, ${before} of them before; the longest gap was ${bold(`${gapMs.toFixed(0)} ms`)}`,
  );
}

/** @param {number} id */
function startPeer(id) {
  const options = { id, ensemble, secret, directory: join(directory, String(id)), clientPort: clientPorts[id - 1] };
  const child = fork(new URL("peer.mjs", import.meta.url), [JSON.stringify(options)]);
  processes.set(id, child);
  child.on("message", (message) => hear(/** @type {{ kind: string, id: number, words: string }} */ (message)));
  child.once("exit", (code) => {
    processes.delete(id);
    roles.delete(id);
    if (isEnding || code === null) return;
    row(id, `has ended unexpectedly (${code})`);
    void end(1);
  });
}

/** @param {{ kind: string, id: number, words: string }} message */
function hear({ kind, id, words }) {
  if (kind === "role") {
    roles.set(id, words);
    if (words !== "") row(id, dim(`is ${words}`));
  } else if (kind === "config") row(id, `sees ${words}`);
  else if (kind === "services") row(id, `knows ${words}`);
  else if (kind === "elected") row(id, "is elected by the application");
  else if (kind === "locked") row(id, "has the lock");
  else if (kind === "ready") row(id, "serves");
  else if (kind === "fatal") row(id, `has stopped: ${words}`);
  for (const one of awaited) if (one.kind === kind && --one.count === 0) one.done();
  awaited = awaited.filter(({ count }) => count > 0);
}

/** Resolves when `count` messages of the kind have come. @param {string} kind @param {number} count @returns {Promise<void>} */
function until(kind, count) {
  return new Promise((done) => awaited.push({ kind, count, done }));
}

function leader() {
  return [...roles].find(([, role]) => role === "leading")?.[0] ?? 0;
}

/** @returns {Promise<[number[], number[]]>} */
async function freePorts() {
  const servers = await Promise.all(
    [...IDS, ...IDS].map(async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      return server;
    }),
  );
  const ports = servers.map((server) => /** @type {import("node:net").AddressInfo} */ (server.address()).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return [ports.slice(0, IDS.length), ports.slice(IDS.length)];
}

async function end(code = 0) {
  if (isEnding) return;
  isEnding = true;
  await session?.close();
  const exits = [...processes.values()].map((child) => once(child, "exit"));
  for (const child of processes.values()) child.kill("SIGTERM");
  await Promise.all(exits);
  await rm(directory, { recursive: true, force: true });
  process.exit(code);
}
