// One of the three processes: a peer, and an application that uses it. It tells its parent what happens, and goes with it.
import { classicLevel, createPeer, tcp } from "coterie";
import { awaitTurn } from "./await-turn.mjs";

/** @type {{ id: number, ensemble: Record<number, string>, directory: string, clientPort: number, secret: string }} */
const { id, ensemble, directory, clientPort, secret } = JSON.parse(process.argv[2] ?? "");

const peer = createPeer({
  id,
  ensemble,
  storage: classicLevel(directory),
  transport: tcp({ secret }),
  timing: "dedicated",
  zookeeper: { port: clientPort, fourLetterWords: ["*"] },
  sessions: { tickMs: 500 },
});

/** @param {string} kind @param {string} [words] */
function tell(kind, words = "") {
  if (process.connected) process.send?.({ kind, id, words });
}

let isStopping = false;
async function stop() {
  isStopping = true;
  await peer.stop();
  process.exit();
}

process.once("disconnect", () => void stop()); // the parent is gone
process.once("SIGTERM", () => void stop());
process.on("SIGINT", () => undefined); // Ctrl-C reaches all of us: the parent decides

peer.on("role", ({ state, isServing }) => tell("role", isServing ? state : ""));
peer.on("fatal", (error) => tell("fatal", error.message));

await peer.start();
const session = await peer.openSession({ sessionTimeoutMs: 2000, deadlineMs: 60_000 });
await Promise.all([followConfig(), register()]);
campaign();
tell("ready");
process.on("message", () => void work().catch(ended));

/** What ends with the session is no failure while this process ends; otherwise the parent shows it. @param {unknown} error */
function ended(error) {
  if (!isStopping) tell("fatal", String(error));
}

/** Live configuration: every process sees each change, in order. */
async function followConfig() {
  const watch = await session.watch("/app/config");
  const follow = async () => {
    for await (const event of watch) {
      if (event.kind !== "deleted") tell("config", (await session.get("/app/config")).text());
    }
  };
  follow().catch(ended);
}

/** Service discovery: an ephemeral znode is there for as long as this process is. */
async function register() {
  const watch = await session.watch("/services/web", { recursive: true });
  await session.create(`/services/web/peer-${id}`, `127.0.0.1:${8000 + id}`, { mode: "ephemeral", parents: true });
  let known = "";
  const follow = async () => {
    for await (const _ of watch) {
      const { children } = await session.children("/services/web");
      const names = children.toSorted().join(", ");
      if (names !== known) tell("services", names);
      known = names;
    }
  };
  follow().catch(ended);
}

/** Leader election of the application, which need not be the ensemble's leader. */
function campaign() {
  awaitTurn(session, "/election", String(id)).then(() => tell("elected"), ended);
}

/** A lock: one at a time, in order. */
async function work() {
  const release = await awaitTurn(session, "/locks/report", String(id));
  tell("locked");
  await new Promise((resolve) => setTimeout(resolve, 120));
  tell("unlocked");
  await release();
}
