// The way from one peer to another, which connections take that the first one dials: a proxy that does to them what networks do.
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Bytes that wait in one direction before no more are read: the sender feels it. */
const QUEUE_MAX_BYTES = 2 ** 20;

/**
 * - "open": everything passes, cut into pieces at random places.
 * - "cut": connections are reset, and none comes about.
 * - "silent": nothing passes and nothing is said; new connections are taken, and lead nowhere.
 * - "deaf": what the dialling end sends does not arrive; the other direction passes.
 * - "mute": the other way round.
 * - "slow": everything comes late.
 * - "crumbs": the first bytes of everything come in pieces of a few.
 * - "twice": each connection comes a second time, with the same bytes; of that one nothing is heard.
 * @typedef {"open" | "cut" | "silent" | "deaf" | "mute" | "slow" | "crumbs" | "twice"} Mode
 */

export class Line {
  /** @type {Mode} */
  mode = "open";
  delayMaxMs = 0;
  /** @type {Set<Pump>} */
  #pumps = new Set();
  #changed = deferred();

  /** @param {number} targetPort @param {import("../../../packages/interface/dist/index.js").Random} random */
  constructor(targetPort, random) {
    this.targetPort = targetPort;
    this.random = random;
    this.server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  /** The port to dial. @returns {Promise<number>} */
  async listen() {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    return /** @type {import("node:net").AddressInfo} */ (this.server.address()).port;
  }

  close() {
    this.server.close();
    this.reset();
  }

  /** @param {Mode} mode @param {number} [delayMaxMs] */
  become(mode, delayMaxMs = 0) {
    this.mode = mode;
    this.delayMaxMs = delayMaxMs;
    if (mode === "cut") this.reset();
    this.#changed.resolve();
    this.#changed = deferred();
  }

  /** All connections break, at both ends. */
  reset() {
    for (const { source } of this.#pumps) source.resetAndDestroy();
  }

  /** All connections break at the dialling end; the other one is not told. */
  halve() {
    for (const pump of this.#pumps) pump.abandonSink();
  }

  get changed() {
    return this.#changed.promise;
  }

  /** @param {import("node:net").Socket} socket */
  #accept(socket) {
    if (this.mode === "cut") return void socket.resetAndDestroy();
    const target = connect({ port: this.targetPort, host: "127.0.0.1", noDelay: true });
    if (this.mode === "twice") this.#repeat(socket);
    const there = new Pump(this, socket, target, "there");
    const back = new Pump(this, target, socket, "back");
    for (const pump of [there, back]) {
      this.#pumps.add(pump);
      pump.source.once("close", () => this.#pumps.delete(pump));
    }
  }

  /** @param {import("node:net").Socket} socket */
  #repeat(socket) {
    const twin = connect({ port: this.targetPort, host: "127.0.0.1", noDelay: true });
    twin.on("error", () => undefined).resume();
    socket.on("data", (bytes) => twin.write(bytes));
    socket.once("close", () => twin.destroy());
  }

  /** @param {"there" | "back"} direction */
  holds(direction) {
    return this.mode === "silent" || this.mode === (direction === "there" ? "deaf" : "mute");
  }
}

/** One direction of a connection. */
class Pump {
  /** @type {Buffer[]} */
  #queue = [];
  #queuedBytes = 0;
  #isRunning = false;
  #isAbandoned = false;
  #hasEnded = false;

  /** @param {Line} line @param {import("node:net").Socket} source @param {import("node:net").Socket} sink @param {"there" | "back"} direction */
  constructor(line, source, sink, direction) {
    this.line = line;
    this.source = source;
    this.sink = sink;
    this.direction = direction;
    source.on("data", (bytes) => this.#take(bytes));
    source.on("end", () => {
      this.#hasEnded = true;
      void this.#run();
    });
    source.on("error", () => undefined);
    source.once("close", () => void this.#passEnd());
  }

  /** Through a line that is silent no end is heard, either. */
  async #passEnd() {
    while (this.line.holds(this.direction)) await this.line.changed;
    if (!this.#isAbandoned) this.sink.destroy();
  }

  /** The dialling end is gone, and the other one hears nothing of it. */
  abandonSink() {
    this.#isAbandoned = true;
    if (this.direction === "there") this.source.resetAndDestroy();
    else this.source.resume();
  }

  /** @param {Buffer} bytes */
  #take(bytes) {
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    if (this.#queuedBytes > QUEUE_MAX_BYTES) this.source.pause();
    void this.#run();
  }

  async #run() {
    if (this.#isRunning) return;
    this.#isRunning = true;
    const { line, source, sink, direction } = this;
    for (let bytes = this.#queue.shift(); bytes !== undefined; bytes = this.#queue.shift()) {
      while (line.holds(direction) && !source.destroyed) await line.changed;
      if (line.mode === "slow") await sleep((line.random.uint32() / 2 ** 32) * line.delayMaxMs);
      for (const piece of this.#piecesOf(bytes)) {
        if (sink.destroyed) break;
        if (!sink.write(piece)) await Promise.race([once(sink, "drain"), once(sink, "close")]).catch(() => undefined);
        else await new Promise((resolve) => setImmediate(resolve));
      }
      this.#queuedBytes -= bytes.length;
      if (source.isPaused() && this.#queuedBytes <= QUEUE_MAX_BYTES) source.resume();
    }
    this.#isRunning = false;
    if (this.#hasEnded && !this.#isAbandoned) sink.end();
  }

  /** @param {Buffer} bytes */
  #piecesOf(bytes) {
    const { mode, random } = this.line;
    const piecesMax = mode === "crumbs" ? 20 : random.uint32() % 5 === 0 ? 2 : 1;
    const pieces = [];
    let from = 0;
    while (pieces.length < piecesMax - 1 && from < bytes.length - 1) {
      const left = bytes.length - from - 1;
      const to = from + 1 + (random.uint32() % (mode === "crumbs" ? Math.min(7, left) : left));
      pieces.push(bytes.subarray(from, to));
      from = to;
    }
    pieces.push(bytes.subarray(from));
    return pieces;
  }
}

function deferred() {
  /** @type {() => void} */
  let resolve = () => undefined;
  const promise = /** @type {Promise<void>} */ (new Promise((done) => (resolve = done)));
  return { promise, resolve };
}
