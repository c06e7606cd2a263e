import { CoterieError, type ErrorCode } from "@coterie/interface";
import {
  type JuteReader,
  type Opcode,
  OPCODES,
  readResponse,
  type RequestBody,
  type Response,
  XID_SET_WATCHES,
} from "@coterie/protocol";
import type { ChannelCall, ChannelReply } from "@coterie/session";
import type { TellingSink } from "./effect.ts";
import { Fifo } from "./fifo.ts";
import { noReply, replyOf } from "./read-reply.ts";
import type { RequestEncoder } from "./request-encoder.ts";

const XID_MAX = 2 ** 31 - 1;
/**
 * Sent and not answered, requests and their bytes: half of what a peer takes of one session before it reads no more. So what has to be read at
 * once, a ping above all, never waits behind requests in the network.
 */
const SENT_MAX = 500;
const SENT_MAX_BYTES = 2 * 2 ** 20;
/** Replies that may be large: whose request is to blame for a frame above the limit. */
const READS: ReadonlySet<Opcode> = new Set([
  OPCODES.getData,
  OPCODES.getChildren,
  OPCODES.getChildren2,
  OPCODES.getACL,
  OPCODES.getEphemerals,
  OPCODES.multiRead,
  OPCODES.whoAmI,
]);
/** Sent by the connection itself, in places and with xids of their own. */
const OWN_KINDS: ReadonlySet<RequestBody["kind"]> = new Set([
  "ping",
  "auth",
  "setWatches",
  "setWatches2",
  "closeSession",
]);

export interface RequestsOptions {
  readonly encoder: RequestEncoder;
  readonly queuedMax: number;
  readonly queuedMaxBytes: number;
}

/** A request in its place in the order. */
interface Entry {
  readonly xid: number;
  readonly opcode: Opcode;
  readonly role: "call" | "renewal" | "last-renewal" | "close";
  /** Null for those of the connection itself. */
  readonly call: ChannelCall | null;
  /** Null once it was sent, and for one that never is. */
  frame: Uint8Array | null;
  /** Of its frame, also when that was sent. */
  readonly sizeBytes: number;
  /** The answer to one that was refused here, which comes in its turn all the same. */
  readonly refusal: ChannelReply | null;
}

/** What the answer to a request of the connection's own, or one to look at, means. */
export interface Answered {
  readonly role: Entry["role"];
  readonly response: Response;
}

/**
 * The requests of a session, in order: those that wait, and those that were sent and are answered in the same order. Answers
 * carry no more than an xid, and what they answer is known from the place.
 */
export class Requests {
  private readonly options: RequestsOptions;
  private waiting = new Fifo<Entry>();
  private sent = new Fifo<Entry>();
  private waitingBytes = 0;
  private sentBytes = 0;
  private lastXid = 0;

  constructor(options: RequestsOptions) {
    this.options = options;
  }

  get waitingCount(): number {
    return this.waiting.size;
  }

  submit(call: ChannelCall, told: TellingSink): void {
    const { body } = call;
    const { encoder, queuedMax, queuedMaxBytes } = this.options;
    if (this.waiting.size + this.sent.size >= queuedMax || this.waitingBytes >= queuedMaxBytes) {
      const what = this.waitingBytes >= queuedMaxBytes ? `${this.waitingBytes} bytes` : `${queuedMax} requests`;
      const reason = new CoterieError("THROTTLED_OP", `${what} of this session wait already: this one was not sent.`);
      told.push({ kind: "settle", call, reply: noReply("THROTTLED_OP", reason) });
      return;
    }
    const xid = this.nextXid();
    const frame = OWN_KINDS.has(body.kind)
      ? new CoterieError("BAD_ARGUMENTS", `A ${body.kind} is sent by the connection itself.`)
      : encoder.encode(xid, body);
    const isRefused = frame instanceof CoterieError;
    this.wait({
      xid,
      opcode: OPCODES[body.kind],
      role: "call",
      call,
      frame: isRefused ? null : frame,
      sizeBytes: isRefused ? 0 : frame.length,
      refusal: isRefused ? noReply("BAD_ARGUMENTS", frame) : null,
    });
    if (isRefused) this.answerRefused(told);
  }

  /** The frame of a request of the connection's own that goes out now, before what waits. */
  renew(body: RequestBody, isLast: boolean): Uint8Array | CoterieError {
    const frame = this.options.encoder.encode(XID_SET_WATCHES, body);
    if (frame instanceof CoterieError) return frame;
    this.sent.push(this.own(XID_SET_WATCHES, OPCODES.setWatches2, isLast ? "last-renewal" : "renewal", null));
    return frame;
  }

  /** Ends the session behind everything else. */
  closeSession(): void {
    const xid = this.nextXid();
    const frame = this.options.encoder.encode(xid, { kind: "closeSession" });
    if (frame instanceof CoterieError) throw frame;
    this.wait(this.own(xid, OPCODES.closeSession, "close", frame));
  }

  /** What waits, and is still waited for, goes out, as far as there is room: its frames, in order. */
  flush(send: (frame: Uint8Array) => void, told: TellingSink): void {
    while (this.hasRoom && this.waiting.size > 0) {
      this.sendWaiting(send);
      // Those that were refused here take room until then, and no answer comes that would make some.
      this.answerRefused(told);
    }
  }

  /**
   * Takes the answer to the request that is next.
   *
   * @throws CoterieError if it is none.
   */
  answer(reader: JuteReader, xid: number, told: TellingSink): Answered {
    const entry = this.sent.peek();
    if (entry?.xid !== xid) {
      const expected = entry === undefined ? "none was expected" : `that of ${entry.xid} was expected`;
      throw new CoterieError("MARSHALLING_ERROR", `The server sent the answer of request ${xid} where ${expected}.`);
    }
    const response = readResponse(reader, entry.opcode);
    // Not before it could be read: otherwise it is lost with the connection, like those behind it.
    this.sent.shift();
    this.sentBytes -= entry.sizeBytes;
    const { role, call } = entry;
    if (call !== null) told.push({ kind: "settle", call, reply: replyOf(response) });
    this.answerRefused(told);
    return { role, response };
  }

  /**
   * The server goes, and has not taken what it has not answered: that waits again, in order and before what waits already, for
   * the next one. What the connection has asked for itself is over with it.
   */
  takeBack(told: TellingSink): void {
    const { sent, waiting } = this;
    this.sent = new Fifo();
    this.waiting = new Fifo();
    this.waitingBytes = 0;
    this.sentBytes = 0;
    for (const queue of [sent, waiting]) {
      for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
        const { xid, call, frame, refusal } = entry;
        if (call === null) continue;
        if (frame === null && refusal === null) entry.frame = this.encodeAgain(xid, call);
        this.wait(entry);
      }
    }
    this.answerRefused(told);
  }

  /** The connection is lost: what was submitted while there was one is answered so, in order. */
  lose(reason: CoterieError, cause: ErrorCode, told: TellingSink): void {
    const head = this.sent.peek();
    const { sent, waiting } = this;
    this.sent = new Fifo();
    this.waiting = new Fifo();
    this.waitingBytes = 0;
    this.sentBytes = 0;
    for (const queue of [sent, waiting]) {
      for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
        if (entry.call === null) continue;
        const isToBlame = entry === head && cause === "FRAME_TOO_LARGE" && READS.has(entry.opcode);
        const reply = entry.refusal ?? noReply(isToBlame ? "FRAME_TOO_LARGE" : "CONNECTION_LOSS", reason);
        told.push({ kind: "settle", call: entry.call, reply });
      }
    }
  }

  private sendWaiting(send: (frame: Uint8Array) => void): void {
    while (this.hasRoom) {
      const entry = this.waiting.shift();
      if (entry === undefined) return;
      const { frame, call } = entry;
      this.waitingBytes -= frame?.length ?? 0;
      if (call?.isOpen === false) continue;
      entry.frame = null;
      this.sent.push(entry);
      this.sentBytes += entry.sizeBytes;
      if (frame === null) continue;
      call?.sent?.();
      send(frame);
    }
  }

  private get hasRoom(): boolean {
    return this.sent.size < SENT_MAX && this.sentBytes < SENT_MAX_BYTES;
  }

  private own(xid: number, opcode: Opcode, role: Entry["role"], frame: Uint8Array | null): Entry {
    return { xid, opcode, role, call: null, frame, sizeBytes: frame?.length ?? 0, refusal: null };
  }

  /** Frames that were sent are not held: what they were made of is. */
  private encodeAgain(xid: number, { body }: ChannelCall): Uint8Array {
    const frame = this.options.encoder.encode(xid, body);
    if (frame instanceof CoterieError) throw frame;
    return frame;
  }

  private wait(entry: Entry): void {
    this.waiting.push(entry);
    this.waitingBytes += entry.frame?.length ?? 0;
  }

  /** Refused ones whose turn has come: nothing is before them. */
  private answerRefused(told: TellingSink): void {
    const queue = this.sent.size > 0 ? this.sent : this.waiting;
    for (let entry = queue.peek(); entry !== undefined && entry.refusal !== null; entry = queue.peek()) {
      queue.shift();
      if (entry.call !== null) told.push({ kind: "settle", call: entry.call, reply: entry.refusal });
    }
    // Behind the last of those that were sent, some that wait may be next.
    if (queue === this.sent && queue.size === 0 && this.waiting.size > 0) this.answerRefused(told);
  }

  private nextXid(): number {
    this.lastXid = this.lastXid === XID_MAX ? 1 : this.lastXid + 1;
    return this.lastXid;
  }
}
