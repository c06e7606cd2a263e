// The port for clients: ZooKeeper's frames, answered in the order of their requests.
import { createServer } from "node:net";
import { createFrame, Outbox, splitFrames } from "./frames.mjs";
import { OP, readRequest } from "./tree.mjs";

const HEADER_BYTES = 16;
const STAT_BYTES = 68;
const WELCOME_BYTES = 37;
const PASSWORD_BYTES = 16;
const XID_EVENT = -1;
const NO_NODE = -101;
const CONNECTED = 3;
/** "srvr", which is no length. */
const SRVR = 0x73727672;

export function openPort(port, member, tree) {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.once("data", (chunk) => {
      if (chunk.length >= 4 && chunk.readUInt32BE(0) === SRVR) {
        socket.end(`Mode: ${member.isLeader ? "leader" : "follower"}\n`);
        return;
      }
      const connection = new Connection(socket, member, tree);
      splitFrames(socket, (frame) => connection.take(frame));
      socket.emit("data", chunk);
    });
    socket.on("error", () => socket.destroy());
  });
  server.listen({ port, host: "127.0.0.1", backlog: 20_000 });
}

class Connection {
  #socket;
  #outbox;
  #member;
  #tree;
  #isGreeted = false;
  /** Writes that are under way, and what stands behind them. */
  #waiting = [];
  #told = (path, type) => this.#outbox.push(eventOf(path, type));

  constructor(socket, member, tree) {
    this.#socket = socket;
    this.#outbox = new Outbox(socket);
    this.#member = member;
    this.#tree = tree;
  }

  take(frame) {
    if (!this.#isGreeted) {
      this.#isGreeted = true;
      this.#write(GREETING, () => this.#outbox.push(welcomeOf()));
      return;
    }
    const request = readRequest(frame);
    const { op, xid } = request;
    if (op === OP.ping || isRead(op)) {
      const isWatched = frame.at(-1) === 1;
      if (this.#waiting.length > 0) this.#waiting.push(() => this.#read(request, isWatched));
      else this.#read(request, isWatched);
      return;
    }
    this.#write(frame, (path) => {
      if (op === OP.create) this.#outbox.push(textOf(xid, path));
      else this.#outbox.push(replyOf(xid, 0, op === OP.set ? STAT_BYTES : 0));
      if (op !== OP.close) return;
      this.#outbox.flush();
      this.#socket.end();
    });
  }

  /** Its reply, and those of the reads behind it, when it is committed. */
  #write(frame, reply) {
    this.#waiting.push(null);
    this.#member.write(frame, (given) => {
      reply(given);
      this.#waiting.shift();
      while (this.#waiting.length > 0 && this.#waiting[0] !== null) this.#waiting.shift()();
    });
  }

  #read({ op, xid, path }, isWatched) {
    if (op === OP.ping) return this.#outbox.push(replyOf(xid, 0, 0));
    if (isWatched) this.#tree.watch(path, this.#told);
    if (op === OP.children) return this.#outbox.push(namesOf(xid, this.#tree.children(path)));
    const data = this.#tree.get(path);
    if (data === null) return this.#outbox.push(replyOf(xid, NO_NODE, 0));
    this.#outbox.push(op === OP.exists ? replyOf(xid, 0, STAT_BYTES) : dataOf(xid, data));
  }
}

/** A session is a write, too: this one changes nothing. */
const GREETING = Buffer.alloc(12);

function isRead(op) {
  return op === OP.get || op === OP.exists || op === OP.children;
}

/** A frame with a header, and zeros behind it. */
function replyOf(xid, error, bodyBytes) {
  const frame = createFrame(HEADER_BYTES + bodyBytes);
  frame.fill(0, 4);
  frame.writeInt32BE(xid, 4);
  frame.writeInt32BE(error, 16);
  return frame;
}

function dataOf(xid, data) {
  const frame = replyOf(xid, 0, 4 + data.length + STAT_BYTES);
  frame.writeInt32BE(data.length, 4 + HEADER_BYTES);
  frame.set(data, 4 + HEADER_BYTES + 4);
  return frame;
}

function textOf(xid, text) {
  const frame = replyOf(xid, 0, 4 + text.length);
  writeText(frame, 4 + HEADER_BYTES, text);
  return frame;
}

function namesOf(xid, names) {
  const frame = replyOf(
    xid,
    0,
    names.reduce((sum, { length }) => sum + 4 + length, 4),
  );
  frame.writeInt32BE(names.length, 4 + HEADER_BYTES);
  let at = 4 + HEADER_BYTES + 4;
  for (const name of names) at = writeText(frame, at, name);
  return frame;
}

function eventOf(path, type) {
  const frame = replyOf(XID_EVENT, 0, 8 + 4 + path.length);
  frame.writeInt32BE(type, 4 + HEADER_BYTES);
  frame.writeInt32BE(CONNECTED, 4 + HEADER_BYTES + 4);
  writeText(frame, 4 + HEADER_BYTES + 8, path);
  return frame;
}

function writeText(frame, at, text) {
  frame.writeInt32BE(text.length, at);
  frame.latin1Write(text, at + 4);
  return at + 4 + text.length;
}

let lastSession = 0;

function welcomeOf() {
  const frame = createFrame(WELCOME_BYTES);
  frame.fill(0, 4);
  frame.writeInt32BE(10_000, 8);
  frame.writeInt32BE(++lastSession, 16);
  frame.writeInt32BE(PASSWORD_BYTES, 20);
  return frame;
}
