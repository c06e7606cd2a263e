import { fork } from "node:child_process";
import { once } from "node:events";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Ensemble, freePorts } from "../ensemble.mjs";
import { nowMs } from "../history/recorder.mjs";
import { buildShims } from "./build-shims.mjs";
import { createClock, readClockOffset } from "./special-clocks.mjs";
import { mountSmallDisk, unmountSmallDisk } from "./special-disks.mjs";
import { Ways } from "./ways.mjs";

/** @typedef {import("../../../packages/interface/dist/index.js").Random} Random */

/**
 * What a peer's process says of it, again and again.
 *
 * @typedef {{
 *   atMs: number,
 *   isAmnesiac: boolean,
 *   isServing: boolean,
 *   applied: number,
 *   linkErrors: readonly (string | null)[],
 *   wallMs: number,
 *   monotonicMs: number,
 * }} Status
 */

const RESTART_PAUSE_MS = 300;
const STATUS_AGE_MAX_MS = 2000;
/** In which everybody has to be back once nothing is wrong any more. */
const HEALTH_DEADLINE_MS = 90_000;
/** Of the log between two checkpoints: so little that there are some in a minute. */
const CHECKPOINT_BYTES = 2 ** 18;
/** In which a peer that has to refuse has done so. */
const TRIAL_MS = 20_000;
const LOOK_INTERVAL_MS = 50;
/** In each peer's process, and in each of the processes outside. */
const WORKS_INSIDE = ["registers", "transfers", "sequences", "watches"];
const WORKS_OUTSIDE = [
  "registers",
  "registers",
  "counters",
  "sequences",
  "transfers",
  "ephemerals",
  "ephemerals",
  "locks",
  "locks",
  "watches",
];

/** The ensemble under chaos: between any two peers a line, and clients in and beside the peers' processes. */
export class Fleet extends Ensemble {
  #ways = new Ways();
  /** @type {Map<number, Status>} */
  statuses = new Map();
  /** Whose disk is at fault, and until when: it may end by itself, and is started again. @type {Map<number, number>} */
  excused = new Map();
  /** By peer whose directory it is given, when it is another's. @type {Map<number, number>} */
  #lodgers = new Map();
  /** Who is expected to end by itself, and with what code it has. @type {Map<number, string | null>} */
  #trials = new Map();
  /** Who dies where, and who has. @type {Map<number, string>} */
  armed = new Map();
  /** @type {number[]} */
  fired = [];
  /** Who is of another build than this one, and of which. @type {Map<number, string>} */
  builds = new Map();
  /** The last one that was whole. @type {{ file: string, zxid: number }[]} */
  backups = [];
  /** Of the last disaster. @type {{ id: number, directory: string }[]} */
  survivors = [];
  /** Whose store stands on a disk that can be filled, and where that is. @type {{ id: number, folder: string } | null} */
  small = null;
  /** For LD_PRELOAD: under it disks fail and are slow, and clocks jump. @type {string | null} */
  preload = null;
  /** Why there is no small disk, and no shim. @type {{ small: string, shim: string }} */
  missing = { small: "", shim: "" };
  /** @type {Map<string, import("node:child_process").ChildProcess>} */
  outside = new Map();
  #incarnations = 0;
  #isStopping = false;
  /** @type {Set<import("node:child_process").ChildProcess>} */
  #working = new Set();

  /** With nobody in it yet. @param {{ directory: string, peerCount: number, timing: "dedicated" | "embedded", seed: number, hasFailpoints: boolean }} options */
  static async assemble({ directory, peerCount, timing, seed, hasFailpoints }) {
    const fleet = new Fleet(directory, await freePorts(peerCount * 2), timing);
    fleet.seed = seed;
    fleet.hasFailpoints = hasFailpoints;
    fleet.#prepareMachines();
    return fleet;
  }

  get lines() {
    return this.#ways.lines;
  }

  get clientLines() {
    return this.#ways.clientLines;
  }

  /** Founds the cluster, and starts everybody behind lines. @param {Random} random */
  async launch(random) {
    const peerPortOf = (/** @type {number} */ id) => Number(this.ensemble[id]?.split(":")[1]);
    const clientPortOf = (/** @type {number} */ id) => this.clientPorts[id - 1] ?? 0;
    await this.#ways.open({ ids: this.ids, peerPortOf, clientPortOf }, random);
    await this.#found();
    await Promise.all(this.ids.map((id) => this.start(id)));
  }

  seed = 0;
  hasFailpoints = false;
  #isFounded = false;

  /** A cluster is founded by peers that know each other by the same addresses; of one that exists each may be told its own. */
  async #found() {
    await Promise.all(this.ids.map((id) => this.start(id)));
    if (!(await this.untilHealthy())) throw new Error(`no cluster was founded: ${this.describe().join("; ")}`);
    await Promise.all(this.ids.map((id) => this.end(id, "SIGTERM")));
    this.#isFounded = true;
  }

  /** @override */
  get program() {
    return new URL("../run/member.mjs", import.meta.url);
  }

  /** @param {number} id */
  storeOf(id) {
    const owner = this.#lodgers.get(id) ?? id;
    return join(this.small?.id === owner ? this.small.folder : this.directory, `peer-${owner}`);
  }

  /** Two peers that do not run have each other's directories, or their own again. @param {number} one @param {number} other */
  swapStores(one, other) {
    if (this.#lodgers.delete(one) && this.#lodgers.delete(other)) return;
    this.#lodgers.set(one, other).set(other, one);
  }

  /** Where stands how a peer's disk does. @param {number} id */
  diskModeOf(id) {
    return join(this.directory, `disk-${id}.mode`);
  }

  /** Where stands by how much a peer's clock is wrong. @param {number} id */
  clockOf(id) {
    return join(this.directory, `clock-${id}.offset`);
  }

  /** @param {number} id */
  clockOffsetOf(id) {
    return readClockOffset(this.clockOf(id));
  }

  #prepareMachines() {
    for (const id of this.ids) createClock(this.clockOf(id));
    const shims = buildShims(this.directory);
    if ("preload" in shims) this.preload = shims.preload;
    else this.missing.shim = shims.reason;
    const small = mountSmallDisk(this.directory);
    if ("folder" in small) this.small = { id: 1, folder: small.folder };
    else this.missing.small = small.reason;
  }

  /** Gives back what the machine has given, with everybody's end behind it. @param {boolean} isKept */
  release(isKept) {
    if (this.small === null) return;
    const { id, folder } = this.small;
    if (isKept) cpSync(this.storeOf(id), join(this.directory, `peer-${id}`), { recursive: true });
    unmountSmallDisk(folder);
    this.small = null;
  }

  /** @override @param {number} id */
  optionsOf(id) {
    const crew = {
      name: `peer${id}.${++this.#incarnations}`,
      seed: this.seed,
      directory: this.directory,
      works: this.#isFounded ? WORKS_INSIDE : [],
    };
    const own = { directory: this.storeOf(id), listen: this.ensemble[id], checkpointIntervalBytes: CHECKPOINT_BYTES };
    const options = { ...super.optionsOf(id), ...own, crew };
    return this.#isFounded ? { ...options, ensemble: this.#addressesFor(id) } : options;
  }

  /** Where a peer finds the others: at the near end of its lines. @param {number} id */
  #addressesFor(id) {
    const dialled = this.ids.map((other) => [other, this.#ways.addressOf(id, other)]);
    return { ...Object.fromEntries(dialled), [id]: this.ensemble[id] };
  }

  /** @override @param {number} id */
  execArgvOf(id) {
    return this.builds.has(id) ? ["--import", new URL("../builds/use-build.mjs", import.meta.url).href] : [];
  }

  /** @override @param {number} id */
  environmentOf(id) {
    const own = {
      CHAOS_BUILD: this.builds.get(id) ?? "",
      ...(this.hasFailpoints ? { CHAOS_FAILPOINT: this.armed.get(id) ?? "" } : {}),
    };
    if (this.preload === null) return own;
    return {
      ...own,
      LD_PRELOAD: this.preload,
      CHAOS_DISK_ROOT: this.storeOf(id),
      CHAOS_DISK_MODE: this.diskModeOf(id),
      CHAOS_CLOCK_OFFSET: this.clockOf(id),
    };
  }

  /** @override @param {number} id */
  async start(id) {
    // Two faults at once may both want it back.
    if (this.processes.has(id)) return;
    this.statuses.delete(id);
    const ready = super.start(id);
    const child = this.processes.get(id);
    if (child !== undefined) this.#watch(child);
    await Promise.race([ready, child === undefined ? ready : once(child, "exit")]);
  }

  /**
   * Starts a peer that has to refuse. Resolves with the code that it ends with; null if it does not end by itself, and is made to.
   *
   * @param {number} id @returns {Promise<string | null>}
   */
  async tryStart(id) {
    this.#trials.set(id, null);
    await Promise.race([this.start(id), sleep(TRIAL_MS)]);
    // What it has said may come behind its end.
    await this.until(() => this.#trials.get(id) !== null, STATUS_AGE_MAX_MS);
    await this.end(id, "SIGKILL");
    const code = this.#trials.get(id) ?? null;
    this.#trials.delete(id);
    return code;
  }

  /**
   * A backup of a peer that runs, into a file. Resolves with why there is none, or null.
   *
   * @param {number} id @param {string} file @param {number | null} bytesPerSecond @returns {Promise<string | null>}
   */
  async askForBackup(id, file, bytesPerSecond) {
    const answer = await this.#ask(id, { backup: file, bytesPerSecond }, ({ backup }) => backup === file);
    return answer === null ? "it does not run any more" : answer.problem;
  }

  /**
   * These peers die at a failpoint, or at none any more: until each has said so it may still die.
   *
   * @param {readonly number[]} ids @param {string} text a name and a count, or ""
   */
  async arm(ids, text) {
    if (text !== "") for (const id of ids) this.armed.set(id, text);
    await Promise.all(ids.map((id) => this.#ask(id, { failpoint: text }, ({ armed }) => armed === text)));
    if (text === "") for (const id of ids) this.armed.delete(id);
  }

  /** Resolves with a peer's answer to a message; with null if its process ends, or there is none. @param {number} id @param {object} message @param {(answer: any) => boolean} isAnswer @returns {Promise<any>} */
  #ask(id, message, isAnswer) {
    const child = this.processes.get(id);
    if (child === undefined) return Promise.resolve(null);
    return new Promise((resolve) => {
      /** @param {any} answer */
      const settle = (answer) => {
        child.off("message", hear).off("exit", leave);
        resolve(answer);
      };
      const hear = (/** @type {any} */ answer) => {
        if (isAnswer(answer)) settle(answer);
      };
      const leave = () => settle(null);
      child.on("message", hear).on("exit", leave);
      child.send(message, () => undefined);
    });
  }

  /** Clients in a process of their own. @param {string} name */
  startOutside(name) {
    const options = {
      connectString: this.#ways.connectString,
      name,
      seed: this.seed,
      directory: this.directory,
      works: WORKS_OUTSIDE,
    };
    const child = fork(new URL("../run/outside.mjs", import.meta.url), [JSON.stringify(options)]);
    this.outside.set(name, child);
    this.#watch(child);
    child.once("exit", (code, signal) => {
      if (!this.#isStopping) this.failures.push(`the clients ${name} have ended with ${signal ?? code}`);
    });
  }

  /** @param {import("node:child_process").ChildProcess} child */
  #watch(child) {
    this.#working.add(child);
    child.on("message", (message) => {
      if (/** @type {{ kind?: string }} */ (message).kind === "work-over") this.#working.delete(child);
    });
    child.once("exit", () => this.#working.delete(child));
  }

  /** @override @param {any} message */
  hear(message) {
    if (message.kind === "fatal" && this.#trials.has(message.id)) this.#trials.set(message.id, message.code);
    if (message.kind === "status") this.statuses.set(message.id, { ...message, atMs: nowMs() });
    super.hear(message);
  }

  /** @override @param {number} id @param {string} how */
  ended(id, how) {
    if (this.#trials.has(id)) return;
    if (this.armed.delete(id)) return void this.fired.push(id);
    if (nowMs() > (this.excused.get(id) ?? 0)) return super.ended(id, how);
    if (how.startsWith("is over")) return;
    // As whoever runs peers does: again and again, with a pause.
    setTimeout(() => {
      if (!this.#isStopping) void this.start(id);
    }, RESTART_PAUSE_MS);
  }

  /** @param {number} id */
  isHealthy(id) {
    const status = this.statuses.get(id);
    const child = this.processes.get(id);
    if (status === undefined || child === undefined || nowMs() - status.atMs > STATUS_AGE_MAX_MS) return false;
    return status.isServing && !status.isAmnesiac;
  }

  /** Everybody serves and counts. False if that takes too long. @returns {Promise<boolean>} */
  async untilHealthy() {
    return this.until(() => this.ids.every((id) => this.isHealthy(id)));
  }

  /** @param {() => boolean} isSo @param {number} [deadlineMs] */
  async until(isSo, deadlineMs = HEALTH_DEADLINE_MS) {
    const endMs = nowMs() + deadlineMs;
    while (!isSo()) {
      if (nowMs() > endMs) return false;
      await sleep(LOOK_INTERVAL_MS);
    }
    return true;
  }

  /** How it stands with whom, for people. */
  describe() {
    return this.ids.map(
      (id) =>
        `peer ${id}: ${JSON.stringify(this.statuses.get(id) ?? null)}, ${this.processes.has(id) ? "runs" : "does not run"}`,
    );
  }

  /** Nobody asks for anything any more. */
  async stopWork() {
    for (const child of this.#working) child.send("stop-work");
    if (!(await this.until(() => this.#working.size === 0))) this.failures.push("clients have not come to an end");
  }

  /** Ends every process; the files stay. */
  async endAll() {
    this.#isStopping = true;
    for (const child of this.outside.values()) child.kill("SIGKILL");
    // One that stands still would not hear of it.
    for (const child of this.processes.values()) child.kill("SIGCONT");
    await Promise.all(this.ids.map((id) => this.end(id, "SIGTERM")));
    this.#ways.close();
  }
}
