// Six hops and a sync: a follower passes on what its clients write, the leader proposes it, all sync it, a quorum acknowledges it, and
// the leader says so. What arrives in one turn is one batch.
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createFrame, Outbox, splitFrames } from "./frames.mjs";
import { Log } from "./log.mjs";

const [HELLO, REQUEST, PROPOSE, ACK, COMMIT] = [0, 1, 2, 3, 4];
const ENTRY_HEAD_BYTES = 5;
const RETRY_MS = 10;

export class Member {
  #index;
  /** The last one, as where all start at once. */
  #leader;
  #ports;
  #directory;
  #log;
  #outboxes = new Map();
  #apply = () => undefined;
  /** Entries that go on at the end of the turn. */
  #gathered = [];
  /** Batches that are not committed, oldest first. */
  #open = [];
  #lastNumber = 0;
  #committed = 0;
  /** Up to which batch each member has synced, at the leader. */
  #synced;
  /** What waits for its own entries, in their order. */
  #waiting = [];

  constructor(index, ports, directory) {
    this.#index = index;
    this.#leader = ports.length - 1;
    this.#ports = ports;
    this.#directory = directory;
    this.#synced = ports.map(() => 0);
  }

  /** Resolves when all links of this one are there. `apply` hears of every entry that is committed. */
  async join(apply) {
    this.#apply = apply;
    this.#log = await Log.create(join(this.#directory, "log"));
    if (!this.isLeader) return this.#follow();
    const followers = this.#ports.length - 1;
    if (followers === 0) return;
    const server = createServer({ noDelay: true }, (socket) => this.#link(socket, null));
    server.listen(this.#ports[this.#leader], "127.0.0.1");
    while (this.#outboxes.size < followers) await pause(RETRY_MS);
  }

  async #follow() {
    for (;;) {
      const socket = connect({ port: this.#ports[this.#leader], host: "127.0.0.1", noDelay: true });
      try {
        await once(socket, "connect");
        this.#link(socket, this.#leader);
        this.#send(this.#leader, HELLO, this.#index, []);
        return;
      } catch {
        await pause(RETRY_MS);
      }
    }
  }

  #link(socket, other) {
    let from = other;
    if (from !== null) this.#outboxes.set(from, new Outbox(socket));
    splitFrames(socket, (frame) => {
      const [kind, number, body] = [frame[0], frame.readUInt32BE(1), frame.subarray(ENTRY_HEAD_BYTES)];
      if (kind !== HELLO) return this.#handle(kind, number, body, from);
      from = number;
      this.#outboxes.set(from, new Outbox(socket));
    });
    socket.on("close", () => process.exit(0));
  }

  #send(to, kind, number, pieces) {
    const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
    const frame = createFrame(ENTRY_HEAD_BYTES + bytes);
    frame[4] = kind;
    frame.writeUInt32BE(number, 5);
    let at = 4 + ENTRY_HEAD_BYTES;
    for (const piece of pieces) {
      frame.set(piece, at);
      at += piece.length;
    }
    this.#outboxes.get(to).push(frame);
  }

  #handle(kind, number, body, from) {
    if (kind === REQUEST) this.#gather(body);
    else if (kind === PROPOSE) this.#store(number, body);
    else if (kind === ACK) this.#count(from, number);
    else this.#commit(number);
  }

  get isLeader() {
    return this.#index === this.#leader;
  }

  /** `done` is called when `request` is committed and applied, with what the tree gave for it. */
  write(request, done) {
    const entry = Buffer.allocUnsafe(ENTRY_HEAD_BYTES + request.length);
    entry.writeUInt32BE(request.length, 0);
    entry[4] = this.#index;
    entry.set(request, ENTRY_HEAD_BYTES);
    this.#waiting.push(done);
    this.#gather(entry);
  }

  #gather(entries) {
    if (this.#gathered.push(entries) === 1) setImmediate(() => this.#pass());
  }

  #pass() {
    const pieces = this.#gathered;
    this.#gathered = [];
    if (!this.isLeader) return this.#send(this.#leader, REQUEST, 0, pieces);
    const number = ++this.#lastNumber;
    for (const follower of this.#outboxes.keys()) this.#send(follower, PROPOSE, number, pieces);
    this.#store(number, pieces.length === 1 ? pieces[0] : Buffer.concat(pieces));
  }

  #store(number, bytes) {
    this.#open.push({ number, bytes });
    this.#log.append(bytes, () => {
      if (this.isLeader) this.#count(this.#leader, number);
      else this.#send(this.#leader, ACK, number, []);
    });
  }

  #count(member, number) {
    this.#synced[member] = number;
    const quorum = Math.floor(this.#ports.length / 2) + 1;
    const committed = this.#synced.toSorted((one, other) => other - one)[quorum - 1];
    if (committed > this.#committed) this.#commit(committed);
  }

  #commit(number) {
    this.#committed = number;
    if (this.isLeader) for (const follower of this.#outboxes.keys()) this.#send(follower, COMMIT, number, []);
    while (this.#open.length > 0 && this.#open[0].number <= number) this.#applyAll(this.#open.shift().bytes);
  }

  #applyAll(bytes) {
    for (let at = 0; at < bytes.length;) {
      const end = at + ENTRY_HEAD_BYTES + bytes.readUInt32BE(at);
      const given = this.#apply(bytes.subarray(at + ENTRY_HEAD_BYTES, end));
      if (bytes[at + 4] === this.#index) this.#waiting.shift()(given);
      at = end;
    }
  }
}
