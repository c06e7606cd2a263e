import { assert, CoterieError } from "@coterie/interface";

/** @import { Socket } from "node:net" */
/** @import { WebSocket } from "ws" */
/** @import { Connection, ConnectionHandler, ConnectionOptions } from "@coterie/interface" */

/** What `ws` calls a message above maxPayload, of which it has read nothing but the length. */
const TOO_LARGE = "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH";

/**
 * What a frame takes as long as it waits, beside its bytes and the header that `ws` counts: an object and a callback. It
 * counts in the queue, which empty frames could otherwise grow without end.
 */
const FRAME_OVERHEAD_BYTES = 48;

/** The time limit of `close` passes in so many steps, with a turn of the event loop after each. */
const CLOSE_STEPS = 20;

/**
 * One end of a connection. All events of the socket come from the event loop, never inside a call: that is why most
 * handlers can be called right from them.
 * @implements {Connection}
 */
export class WebSocketConnection {
  /** @type {"opening" | "open" | "closing" | "closed"} */
  #state = "opening";
  #socket;
  #options;
  #closeTimeoutMs;
  /** @type {ConnectionHandler | undefined} */
  #handler;
  /** @type {Socket | undefined} */
  #stream;
  /** @type {Error | undefined} */
  #error;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  #isGivenUp = false;
  #isPaused = false;
  #isDrainDue = false;
  /** Frames that the socket has not handed on. */
  #framesQueued = 0;
  /** Frames that a chunk held when its first ones paused the connection. @type {Uint8Array[]} */
  #waiting = [];

  /** @param {WebSocket | null} socket @param {ConnectionOptions} options @param {number} closeTimeoutMs */
  constructor(socket, options, closeTimeoutMs) {
    this.#socket = socket;
    this.#options = options;
    this.#closeTimeoutMs = closeTimeoutMs;
    socket?.on("message", (data) => this.#received(/** @type {Buffer} */ (data)));
    socket?.on("error", (error) => this.#failed(error));
    socket?.on("close", () => this.#closed());
  }

  /** @param {ConnectionHandler} handler */
  attach(handler) {
    this.#handler = handler;
  }

  get sendQueueBytes() {
    if (this.#state === "closed") return 0;
    return (this.#socket?.bufferedAmount ?? 0) + this.#framesQueued * FRAME_OVERHEAD_BYTES;
  }

  /** @param {Uint8Array} frame */
  send(frame) {
    assert(this.#state !== "opening", "frames are sent after opened");
    if (this.#state !== "open") return false;
    // All frames of a turn go out in one write.
    if (this.#stream?.writableCorked === 0) {
      const stream = this.#stream;
      stream.cork();
      process.nextTick(() => stream.uncork());
    }
    this.#framesQueued += 1;
    this.#socket?.send(frame, () => this.#sent());
    const isFull = this.sendQueueBytes > this.#options.sendQueueTargetBytes;
    this.#isDrainDue ||= isFull;
    return !isFull;
  }

  pause() {
    this.#isPaused = true;
    if (this.#state === "open") this.#socket?.pause();
  }

  resume() {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    if (this.#state === "open") setImmediate(() => this.#goOn());
  }

  close() {
    if (this.#state === "opening") return this.abort();
    if (this.#state !== "open") return;
    this.#state = "closing";
    this.#waiting = [];
    // The other end's answer to the close has to be read, even if nothing else is.
    this.#socket?.resume();
    this.#socket?.close();
    this.#endInTime();
  }

  abort() {
    if (this.#state === "closed") return;
    this.#isGivenUp ||= this.#state === "opening";
    this.#state = this.#state === "opening" ? "opening" : "closing";
    this.#waiting = [];
    this.#socket?.terminate();
  }

  /** The stream below has done its handshake. @param {Socket} stream */
  opened(stream) {
    if (this.#state !== "opening" || this.#isGivenUp) return;
    this.#state = "open";
    this.#stream = stream;
    if (this.#isPaused) this.#socket?.pause();
    const remoteIp = plainIp(stream.remoteAddress);
    this.#handler?.opened({
      localAddress: `${stream.localAddress}:${stream.localPort}`,
      remoteAddress: `${stream.remoteAddress}:${stream.remotePort}`,
      remoteIp,
      isLocal: remoteIp !== null && (remoteIp === "::1" || remoteIp.startsWith("127.")),
      identity: { kind: "none" },
      fourLetterWord: null,
    });
  }

  /** Ends a dial that has not begun. @param {CoterieError} reason */
  refuse(reason) {
    this.#error = reason;
    setImmediate(() => this.#closed());
  }

  /** @param {Uint8Array} frame */
  #received(frame) {
    if (this.#state !== "open") return;
    // A chunk holds many frames, and the socket hands them out to the last, paused or not.
    if (this.#isPaused || this.#waiting.length > 0) this.#waiting.push(frame);
    else this.#handler?.received(frame);
  }

  #goOn() {
    while (this.#state === "open" && !this.#isPaused && this.#waiting.length > 0) {
      this.#handler?.received(/** @type {Uint8Array} */ (this.#waiting.shift()));
    }
    if (this.#state === "open" && !this.#isPaused) this.#socket?.resume();
  }

  #sent() {
    this.#framesQueued -= 1;
    if (!this.#isDrainDue || this.#state !== "open") return;
    if (this.sendQueueBytes * 2 > this.#options.sendQueueTargetBytes) return;
    this.#isDrainDue = false;
    this.#handler?.drained();
  }

  /** @param {Error} error */
  #failed(error) {
    this.#error = error;
    if (this.#state !== "open") return;
    this.#state = "closing";
    this.#endInTime();
  }

  /** The last that the socket says. */
  #closed() {
    if (this.#state === "closed") return;
    const reason = this.#reason();
    this.#state = "closed";
    this.#waiting = [];
    clearTimeout(this.#timer);
    this.#handler?.closed(reason);
  }

  #reason() {
    const cause = this.#error;
    if (this.#isGivenUp) return new CoterieError("CONNECTION_CLOSED");
    if (cause instanceof CoterieError) return cause;
    if (this.#state === "opening") return new CoterieError("UNREACHABLE", undefined, { cause });
    const isTooLarge = cause !== undefined && "code" in cause && cause.code === TOO_LARGE;
    return new CoterieError(isTooLarge ? "FRAME_TOO_LARGE" : "CONNECTION_CLOSED", undefined, { cause });
  }

  /**
   * An end that reads may take its time; one that has read nothing for so long is given up. A step counts no more than its
   * turn: where the whole machine is slow, or this process was stopped, the other end was, too.
   */
  #endInTime(stepsLeft = CLOSE_STEPS, before = this.sendQueueBytes) {
    const look = () => {
      if (this.#state === "closed") return;
      const left = this.sendQueueBytes;
      if (left < before) this.#endInTime();
      else if (stepsLeft > 1) this.#endInTime(stepsLeft - 1, left);
      else this.#socket?.terminate();
    };
    this.#timer = setTimeout(() => setImmediate(look), this.#closeTimeoutMs / CLOSE_STEPS);
  }
}

/** @param {string | undefined} address */
function plainIp(address) {
  return address?.replace(/^::ffff:/i, "").replace(/%.*$/, "") ?? null;
}
