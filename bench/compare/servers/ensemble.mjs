// Servers of one product on this machine, each a process.
import { mkdirSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { freePorts } from "../../../test/support/free-ports.mjs";
import { createDirectory, removeDirectory } from "./place.mjs";
import { start, stop } from "./processes.mjs";

/** Of `stat`, on every system. */
const BLOCK_BYTES = 512;

export class Ensemble {
  #product;
  #directory;
  #ports;
  #children = [];

  constructor(product, members, directory, ports) {
    this.#product = product;
    this.members = members;
    this.#directory = directory;
    this.#ports = ports;
  }

  /** On an empty directory; nothing is started yet. */
  static async create(product, members) {
    const directory = createDirectory(product.name);
    return new Ensemble(product, members, directory, await freePorts(members * product.portsEach));
  }

  /** Serving. */
  static async start(product, members) {
    const ensemble = await Ensemble.create(product, members);
    ensemble.launchAll();
    await ensemble.untilServing();
    return ensemble;
  }

  get name() {
    return this.#product.name;
  }

  get directory() {
    return this.#directory;
  }

  /** Those for clients. */
  get ports() {
    return this.#ports.slice(0, this.members);
  }

  get addresses() {
    return this.ports.map((port) => `127.0.0.1:${port}`);
  }

  get pids() {
    return this.#children.map(({ pid }) => pid);
  }

  launch(index) {
    const directory = join(this.#directory, String(index + 1));
    mkdirSync(directory, { recursive: true });
    const { command, args } = this.#product.launch(directory, index, this.#ports);
    this.#children[index] = start(command, args);
  }

  launchAll() {
    for (let index = 0; index < this.members; index++) this.launch(index);
  }

  untilServing() {
    return this.#product.untilServing(this.ports);
  }

  /** Its index. */
  leader() {
    return this.#product.leader(this.ports);
  }

  kill(index, signal) {
    this.#children[index].kill(signal);
  }

  /** Whatever state it is in, it is started again on its data, and serves. */
  async restart(index) {
    await stop(this.#children[index], "SIGKILL");
    this.launch(index);
    await this.untilServing();
  }

  async stopAll(signal = "SIGTERM") {
    await Promise.all(this.#children.map((child) => stop(child, signal)));
  }

  async end() {
    await this.stopAll();
    removeDirectory(this.#directory);
  }

  /** Bytes that all files take: a file may be longer, as ZooKeeper's logs are, and have nothing behind its end. */
  async diskBytes() {
    const entries = await readdir(this.#directory, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    const sizes = await Promise.all(files.map(({ parentPath, name }) => sizeOf(join(parentPath, name))));
    return sizes.reduce((sum, size) => sum + size, 0);
  }
}

/** 0 for a file that has just been removed. */
async function sizeOf(file) {
  try {
    return (await stat(file)).blocks * BLOCK_BYTES;
  } catch {
    return 0;
  }
}
