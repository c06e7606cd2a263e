import { setTimeout as sleep } from "node:timers/promises";
import { nowMs } from "../history/recorder.mjs";
import { Witness } from "./witness.mjs";

/** @typedef {import("../../../packages/coterie/dist/index.js").Session} Session */
/** @typedef {import("../history/operation.d.mts").Call} Call */
/** @typedef {import("../history/operation.d.mts").Result} Result */

/** The reason of a session that has expired by the word of a server. */
const TOLD = "The server says";
/** For a session that could not be opened. */
const RETRY_MS = 50;

/** One client: a session at a time, and everything that it does with it on record. */
export class Client {
  /** @type {Session | null} */
  session = null;
  isStopped = false;
  #count = 0;
  /** @type {Witness | null} */
  #witness = null;

  /**
   * @param {{
   *   name: string,
   *   work: string,
   *   open: () => Promise<Session>,
   *   recorder: import("../history/recorder.mjs").Recorder,
   *   random: import("../../../packages/interface/dist/index.js").Random,
   * }} options
   */
  constructor({ name, work, open, recorder, random }) {
    this.name = name;
    this.work = work;
    this.open = open;
    this.recorder = recorder;
    this.random = random;
  }

  /** An integer below `bound`. @param {number} bound */
  below(bound) {
    return Math.floor((this.random.uint32() / 2 ** 32) * bound);
  }

  /** For the values and names of an operation. */
  nextId() {
    this.#count += 1;
    return `${this.name}.${this.#count}`;
  }

  /** Whether there is a session that is not over. */
  get isAlive() {
    const { session } = this;
    return session !== null && session.state !== "lost" && session.state !== "closed";
  }

  /** A session that is not over: the one there is, or a new one; null if the client is stopped meanwhile. @returns {Promise<Session | null>} */
  async living() {
    for (;;) {
      if (this.isAlive) return this.session;
      if (this.isStopped) return null;
      try {
        this.#take(await this.open());
      } catch {
        await sleep(RETRY_MS);
      }
    }
  }

  /** @param {Session} session */
  #take(session) {
    this.session = session;
    this.#witness = new Witness(session);
    session.on("state", (state, reason) => {
      if (state !== "lost") return;
      // A client that was out of touch for too long takes its session for lost, which may live on.
      const isTold = reason?.message.startsWith(TOLD) === true;
      this.recorder.write({
        e: "session",
        atMs: nowMs(),
        session: session.id,
        code: isTold ? reason.code : "RECKONED",
      });
    });
  }

  /** Does one thing and writes it down, before and after. Never rejects. @param {Call} call @param {string} [id] */
  async do(call, id = this.nextId()) {
    const { session, recorder, name: client, work } = this;
    const witness = this.#witness;
    if (session === null || witness === null) throw new Error("a client without a session does nothing");
    const note = { seen: 0 };
    recorder.write({ e: "call", id, client, session: session.id, work, atMs: nowMs(), call });
    try {
      const result = await witness.during(note, () => perform(session, call));
      recorder.write({ e: "end", id, atMs: nowMs(), outcome: "ok", seen: note.seen, result });
      return { outcome: "ok", code: null, result, id };
    } catch (error) {
      const { code = String(error), outcome } = /** @type {{ code?: string, outcome?: string }} */ (error);
      const known = outcome === "not-applied" ? "failed" : "unknown";
      recorder.write({ e: "end", id, atMs: nowMs(), outcome: known, code, seen: note.seen });
      return { outcome: known, code, result: null, id };
    }
  }

  /** Does what is not written down, and gives what its last reply had seen with it. @template Value @param {() => Promise<Value>} call @returns {Promise<{ value: Value, seen: number }>} */
  async witnessed(call) {
    const note = { seen: 0 };
    const value = await (this.#witness?.during(note, call) ?? call());
    return { value, seen: note.seen };
  }

  /** Ends the session with a word, as well as that can be done. */
  async close() {
    await this.session?.close();
    this.session = null;
  }

  /** Leaves the session to its expiry. */
  async abandon() {
    await this.session?.detach();
    this.session = null;
  }
}

/** @param {Session} session @param {Call} call @returns {Promise<Result | null>} */
async function perform(session, call) {
  switch (call.kind) {
    case "create": {
      const { stat } = await session.create(call.path, call.data);
      return { kind: "written", states: [{ zxid: stat.czxid, version: stat.version }] };
    }
    case "set": {
      const { mzxid, version } = await session.set(call.path, call.data, { version: call.version });
      return { kind: "written", states: [{ zxid: mzxid, version }] };
    }
    case "multi":
      return { kind: "written", states: await commit(session, call) };
    case "sequence": {
      const { path, stat } = await session.create(call.path, null, { mode: "persistent-sequential" });
      return { kind: "named", path, zxid: stat.czxid };
    }
    case "get": {
      const znode = await session.get(call.path, { consistency: call.isLinearizable ? "linearizable" : "local" });
      const { version, mzxid } = znode.stat;
      return { kind: "state", data: znode.text(), version, mzxid };
    }
    case "children": {
      const { children } = await session.children(call.path, {
        consistency: call.isLinearizable ? "linearizable" : "local",
      });
      return { kind: "children", names: children };
    }
    default:
      await session.sync();
      return null;
  }
}

/** @param {Session} session @param {Extract<Call, { kind: "multi" }>} call */
async function commit(session, { writes, isEphemeral = false, guard }) {
  const transaction = session.transaction();
  if (guard !== undefined) transaction.check(guard);
  for (const { kind, path, data, version } of writes) {
    if (kind === "set") transaction.set(path, data, { version });
    else transaction.create(path, data, { mode: isEphemeral ? "ephemeral" : "persistent" });
  }
  const results = await transaction.commit();
  return results.flatMap((result) => {
    if (result.kind === "set") return [{ zxid: result.stat.mzxid, version: result.stat.version }];
    return result.kind === "create" && result.stat !== null
      ? [{ zxid: result.stat.czxid, version: result.stat.version }]
      : [];
  });
}
