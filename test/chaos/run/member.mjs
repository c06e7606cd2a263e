// One peer of the ensemble under chaos, with clients in its process. It ends with its parent.
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createEnsemblePeer } from "../create-ensemble-peer.mjs";
import { Failpoint } from "../failpoints/failpoint.mjs";
import { nowMs } from "../history/recorder.mjs";
import { Crew, sessionTimeoutMsOf } from "../work/crew.mjs";

const STATUS_INTERVAL_MS = 200;

const { crew: crewOptions, ...options } = JSON.parse(process.argv[2] ?? "");
const { id } = options;
/** Without the variable there are no failpoints. */
const armed = process.env["CHAOS_FAILPOINT"];
const failpoint = armed === undefined ? null : new Failpoint(armed);
const peer = createEnsemblePeer(options, failpoint);

/** @param {string} kind @param {object} [details] */
function tell(kind, details = {}) {
  // A parent that has gone hears nothing any more.
  if (process.connected) process.send?.({ kind, id, ...details }, () => undefined);
}

process.once("disconnect", () => process.exit());
process.once("SIGTERM", () => void peer.stop().then(() => process.exit()));
peer.on("role", ({ state, isServing, epoch }) => tell("role", { state: isServing ? state : "none", epoch }));
/** @param {Error & { code?: string }} error */
function fail({ message, code }) {
  tell("fatal", { message, code });
  // The message has to leave first.
  setImmediate(() => process.exit(1));
}

peer.on("fatal", fail);
process.on("message", (/** @type {any} */ { failpoint: text, backup, bytesPerSecond }) => {
  if (text !== undefined) {
    failpoint?.arm(text);
    tell("armed", { armed: text });
  }
  if (backup !== undefined) void backUp(backup, bytesPerSecond);
});

/** @param {string} file @param {number | null} bytesPerSecond */
async function backUp(file, bytesPerSecond) {
  try {
    await pipeline(peer.backup(bytesPerSecond === null ? {} : { bytesPerSecond }), createWriteStream(file));
    tell("backup", { backup: file, problem: null });
  } catch (error) {
    tell("backup", { backup: file, problem: String(error) });
  }
}

setInterval(() => {
  const { isAmnesiac, role, appliedZxid, peers } = peer.status;
  const linkErrors = peers.map(({ lastError }) => lastError);
  const times = { wallMs: Date.now(), monotonicMs: nowMs() };
  tell("status", { isAmnesiac, isServing: role.isServing, applied: appliedZxid, linkErrors, ...times });
}, STATUS_INTERVAL_MS);
await peer.start().catch(async (error) => {
  fail(error);
  await new Promise(() => undefined);
});
tell("ready");

const crew = new Crew({
  ...crewOptions,
  open: (/** @type {string} */ work) => peer.openSession({ sessionTimeoutMs: sessionTimeoutMsOf(work) }),
});
process.on("message", (message) => {
  if (message === "stop-work") void crew.stop().then(() => tell("work-over"));
});
