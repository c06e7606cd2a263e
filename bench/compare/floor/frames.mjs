// Frames behind their length, as the protocol of clients and the links of members have them.

const LENGTH_BYTES = 4;

/** Calls `take` with each whole frame, which is a view; what is left waits for more. */
export function splitFrames(socket, take) {
  let rest = null;
  socket.on("data", (chunk) => {
    const bytes = rest === null ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (bytes.length - at >= LENGTH_BYTES) {
      const end = at + LENGTH_BYTES + bytes.readUInt32BE(at);
      if (end > bytes.length) break;
      take(bytes.subarray(at + LENGTH_BYTES, end));
      at = end;
    }
    rest = at === bytes.length ? null : bytes.subarray(at);
  });
  socket.on("error", () => socket.destroy());
}

/** A frame of `bytes` behind its length, for the caller to fill. */
export function createFrame(bytes) {
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + bytes);
  frame.writeUInt32BE(bytes, 0);
  return frame;
}

/** Outboxes that have something to write at the end of the turn. */
let full = [];

function flushAll() {
  const outboxes = full;
  full = [];
  for (const outbox of outboxes) outbox.flush();
}

/** What is written to a socket in one turn, in one piece. */
export class Outbox {
  #socket;
  #frames = [];

  constructor(socket) {
    this.#socket = socket;
  }

  push(frame) {
    if (this.#frames.push(frame) === 1 && full.push(this) === 1) setImmediate(flushAll);
  }

  flush() {
    const frames = this.#frames;
    if (frames.length === 0) return;
    this.#frames = [];
    this.#socket.write(frames.length === 1 ? frames[0] : Buffer.concat(frames));
  }
}
