// Peers in processes of their own on this machine, with stores on disk.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PEERS = 3;

/** @typedef {{ kind: string, id: number, state?: string, epoch?: number, message?: string }} Message */

export class Ensemble {
  /** @type {Map<number, import("node:child_process").ChildProcess>} */
  processes = new Map();
  /** @type {Map<number, { state: string, epoch: number }>} */
  roles = new Map();
  /** What has gone wrong with a process that nobody wanted to end. @type {string[]} */
  failures = [];
  /** @type {Set<number>} */
  #ending = new Set();
  /** @type {{ id: number, done: () => void }[]} */
  #awaited = [];

  /** @param {string} directory @param {number[]} ports two for each peer @param {"dedicated" | "embedded"} timing */
  constructor(directory, ports, timing) {
    this.directory = directory;
    this.timing = timing;
    this.ids = Array.from({ length: ports.length / 2 }, (_, index) => index + 1);
    this.ensemble = Object.fromEntries(this.ids.map((id, index) => [id, `127.0.0.1:${ports[index]}`]));
    this.clientPorts = ports.slice(this.ids.length);
  }

  /** With nobody in it yet. @param {"dedicated" | "embedded"} timing */
  static async create(timing) {
    const directory = await mkdtemp(join(tmpdir(), "coterie-chaos-"));
    return new Ensemble(directory, await freePorts(PEERS * 2), timing);
  }

  /** @param {"dedicated" | "embedded"} timing */
  static async start(timing) {
    const ensemble = await Ensemble.create(timing);
    await Promise.all(ensemble.ids.map((id) => ensemble.start(id)));
    return ensemble;
  }

  get connectString() {
    return this.clientPorts.map((port) => `127.0.0.1:${port}`).join(",");
  }

  get leader() {
    return [...this.roles].find(([, { state }]) => state === "leading")?.[0] ?? null;
  }

  /** What a peer of it is started with. @param {number} id */
  optionsOf(id) {
    const { ensemble, timing } = this;
    const port = /** @type {number} */ (this.clientPorts[id - 1]);
    return { id, ensemble, directory: join(this.directory, String(id)), clientPort: port, timing };
  }

  /** The program of a peer's process. */
  get program() {
    return new URL("peer.mjs", import.meta.url);
  }

  /** @param {number} _id @returns {Record<string, string>} */
  environmentOf(_id) {
    return {};
  }

  /** @param {number} _id @returns {string[]} */
  execArgvOf(_id) {
    return process.execArgv;
  }

  /** Resolves when it serves. @param {number} id @returns {Promise<void>} */
  start(id) {
    const options = this.optionsOf(id);
    const child = fork(this.program, [JSON.stringify(options)], {
      env: { ...process.env, ...this.environmentOf(id) },
      execArgv: this.execArgvOf(id),
    });
    this.processes.set(id, child);
    this.#ending.delete(id);
    child.on("message", (message) => this.hear(/** @type {Message} */ (message)));
    child.once("exit", (code, signal) => {
      this.roles.delete(id);
      this.processes.delete(id);
      if (!this.#ending.has(id)) this.ended(id, `has ended with ${signal ?? code}`);
    });
    return new Promise((done) => this.#awaited.push({ id, done }));
  }

  /** A process has ended, or its peer has, and nobody had asked it to. @param {number} id @param {string} how */
  ended(id, how) {
    this.failures.push(`peer ${id} ${how}`);
  }

  /** @param {number} id @param {"SIGKILL" | "SIGTERM"} signal */
  async end(id, signal) {
    const child = this.processes.get(id);
    if (child === undefined) return;
    this.#ending.add(id);
    this.roles.delete(id);
    const exit = once(child, "exit");
    child.kill(signal);
    await exit;
  }

  /** @returns {Promise<number>} */
  async untilLeader() {
    for (;;) {
      const { leader } = this;
      if (leader !== null) return leader;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async stop() {
    await Promise.all(this.ids.map((id) => this.end(id, "SIGTERM")));
    await rm(this.directory, { recursive: true, force: true });
  }

  /** @param {Message} message */
  hear({ kind, id, state = "none", epoch = 0, message }) {
    if (kind === "role") this.roles.set(id, { state, epoch });
    if (kind === "fatal") this.ended(id, `is over: ${message}`);
    if (kind !== "ready") return;
    for (const one of this.#awaited) if (one.id === id) one.done();
    this.#awaited = this.#awaited.filter((one) => one.id !== id);
  }
}

/** @param {number} count @returns {Promise<number[]>} */
export async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      return server;
    }),
  );
  const ports = servers.map((server) => /** @type {import("node:net").AddressInfo} */ (server.address()).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
