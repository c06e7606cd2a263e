// A scripted walk through the replicated state machine: one machine leads and turns requests into transactions, a
// second one follows and applies the same bytes. No network, no disk and no clock: every run prints the same.
import { createStateMachine, Restore } from "@coterie/core";
import { createZxid, formatSessionId, formatZxid } from "@coterie/interface";
import { blue, dim, green, heading, red, row, said } from "./printing.mjs";

/** @import { Applied, WriteRequest } from "@coterie/core" */
/** @import { PeerId, SessionId, WallTimeMs, Zxid } from "@coterie/interface" */

const NOBODY = /** @type {SessionId} */ (0n);
const PEER = /** @type {PeerId} */ (1);
const OPEN = [{ perms: 31, scheme: "world", id: "anyone" }];
const text = new TextEncoder();

const leader = createStateMachine();
const follower = createStateMachine();
/** @type {{ zxid: Zxid, bytes: Uint8Array }[]} */
const log = [];
let counter = 0;

/**
 * Turns a request into a transaction. Nothing has changed yet: this is what consensus would replicate.
 * @param {WriteRequest} request
 */
function prepare(request, sessionId = NOBODY) {
  counter += 1;
  const zxid = createZxid(1, counter);
  const timeMs = /** @type {WallTimeMs} */ (1_700_000_000_000 + counter);
  return { zxid, bytes: leader.prepare(request, { zxid, timeMs, sessionId, cxid: counter, identities: [] }) };
}

/**
 * Applies a transaction everywhere, as if a quorum had stored it; says what came of it and who is told.
 * @param {{ zxid: Zxid, bytes: Uint8Array }} txn
 */
function commit(txn) {
  log.push(txn);
  follower.apply(txn.zxid, txn.bytes);
  const applied = leader.apply(txn.zxid, txn.bytes);
  row(formatZxid(txn.zxid), describe(applied), `${txn.bytes.length} B`);
  for (const { kind, path, watchers } of applied.events) said(`${kind} ${path}`, watchers.map(nameOf).join(", "));
  return applied.outcome;
}

/** @param {WriteRequest} request */
const write = (request, sessionId = NOBODY) => commit(prepare(request, sessionId));

/** @param {Applied} applied */
function describe({ outcome }) {
  switch (outcome.kind) {
    case "create":
      return `${green("create")} ${outcome.path}`;
    case "setData":
      return `${green("setData")} version ${outcome.stat.version}`;
    case "createSession":
      return `${blue("createSession")} ${formatSessionId(outcome.id)}`;
    case "closeSession":
      return `${blue("closeSession")} ${formatSessionId(outcome.id)}`;
    case "multi":
      return `${green("multi")} ${outcome.results.map((result) => result.kind).join(" + ")}`;
    case "error":
      return `${red(outcome.code)} ${(outcome.results ?? []).map((code) => code ?? "undone").join(", ")}`;
    default:
      return green(outcome.kind);
  }
}

/** @type {Map<number, string>} */
const names = new Map();
/** @param {number} watcher */
const nameOf = (watcher) => names.get(watcher) ?? "nobody";

/** @param {string} name */
function openSession(name) {
  const verifier = new Uint8Array(16);
  const outcome = write({ kind: "createSession", peerId: PEER, timeoutMs: 10_000, verifier });
  if (outcome.kind !== "createSession") throw new Error("a session is always granted here");
  const watcher = leader.openWatcher([]);
  names.set(watcher, name);
  return { sessionId: outcome.id, watcher, identities: [] };
}

/** @param {string} path @param {string} data @returns {WriteRequest} */
const create = (path, data, flags = 0) => ({ kind: "create", path, data: text.encode(data), acl: OPEN, flags });
/** @param {string} path @param {string} data @returns {WriteRequest} */
const set = (path, data, version = -1) => ({ kind: "setData", path, data: text.encode(data), version });

heading("Two sessions", "A session's id is made of its peer and the zxid that created it.");
const alice = openSession("alice");
const bob = openSession("bob");

heading("Znodes and watches", "Bob watches the configuration; the event precedes every later answer.");
write(create("/app", ""), alice.sessionId);
write(create("/app/config", "v1"), alice.sessionId);
leader.read({ kind: "getData", path: "/app/config", watch: true }, bob);
write(set("/app/config", "v2", 0), alice.sessionId);
write(set("/app/config", "v3", 0), alice.sessionId);

heading("An election", "Sequential ephemerals: the lowest number leads.");
write(create("/election", ""), alice.sessionId);
write(create("/election/n-", "alice", 3), alice.sessionId);
write(create("/election/n-", "bob", 3), bob.sessionId);
leader.read({ kind: "exists", path: "/election/n-0000000000", watch: true }, bob);

heading("All or nothing", "The second operation fails, so the first one never happened.");
write(
  {
    kind: "multi",
    ops: [
      { kind: "setData", path: "/app/config", data: text.encode("lost"), version: -1 },
      { kind: "check", path: "/app", version: 7 },
    ],
  },
  alice.sessionId,
);

heading("A pipeline", "Each write builds on the one before, and all are prepared before any is applied.");
const pipeline = ["/jobs", "/jobs/1", "/jobs/1/steps"].map((path) => prepare(create(path, ""), alice.sessionId));
for (const txn of pipeline) commit(txn);

heading("Alice dies", "One transaction takes her ephemerals; Bob hears that it is his turn.");
write({ kind: "closeSession", id: alice.sessionId });

heading("A checkpoint", "The state at one zxid in pages, written while writes go on; then the rest of the log.");
const checkpoint = leader.checkpoints.begin();
const firstAfter = log.length;
const restore = new Restore();
write(set("/app/config", "v4"), bob.sessionId);
for (let step = checkpoint.step(); ; step = checkpoint.step()) {
  if (step.kind === "page") restore.addPage(step.bytes);
  if (step.kind !== "done") continue;
  leader.checkpoints.confirm(step.summary);
  const restored = restore.finish(step.summary);
  for (const { zxid, bytes } of log.slice(firstAfter)) restored.apply(zxid, bytes);
  row("pages", `${step.summary.pageCount} for ${step.summary.znodeCount} znodes, ${step.summary.pagesSizeBytes} B`, "");
  heading("The same everywhere", "A digest over the whole state, kept up to date at each transaction.");
  for (const [who, machine] of /** @type {const} */ ([
    ["leader", leader],
    ["follower", follower],
    ["restored", restored],
  ])) {
    row(who, `${machine.digest} ${dim(`at ${formatZxid(machine.lastAppliedZxid)}`)}`, "");
  }
  const isEqual = new Set([leader.digest, follower.digest, restored.digest]).size === 1;
  console.log(isEqual ? green("\n  All equal.\n") : red("\n  They differ: this is a bug.\n"));
  process.exitCode = isEqual ? 0 : 1;
  break;
}
