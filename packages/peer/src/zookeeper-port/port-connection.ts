import type { AuthId } from "@coterie/core";
import {
  type Connection,
  type ConnectionHandler,
  type ConnectionInfo,
  type ErrorCode,
  SESSION_NONE,
  type SessionId,
  type Timer,
} from "@coterie/interface";
import {
  isProtocolError,
  type JuteReader,
  OPCODES,
  PROTOCOL_VERSION_COTERIE,
  type ProtocolError,
  readConnectRequest,
  readRequest,
  type RequestBody,
  type ResponseBody,
  type WatcherEvent,
  XID_PING,
  XID_PROBE,
} from "@coterie/protocol";
import type { ServedConnection } from "../serving/served-connection.ts";
import type { ServedEnd, ServedSession, ServedSink } from "../serving/serving.ts";
import { ArrivedFrames } from "./arrived-frames.ts";
import { SESSIONLESS_MAX_MS } from "./port-options.ts";
import type { PortContext } from "./port-context.ts";
import type { Asker } from "./reply-writer.ts";

/** One connection of a ZooKeeper client: from frames to requests, and from replies to frames. */
export class PortConnection implements ConnectionHandler, ServedSink {
  /** As ZooKeeper prints it. */
  remoteAddress = "";
  /** When it came, by the wall clock. */
  establishedAtMs = 0;
  served: ServedConnection | null = null;
  /** Too much waits here: no more is handed in, and nothing looked up that can wait. */
  isFull = false;
  private readonly port: PortContext;
  private readonly connection: Connection;
  /** Received and not handed in: bounded, since the connection is paused meanwhile. */
  private readonly arrived: ArrivedFrames;
  /** Rings when one of them may be handed in that had to wait for its time. */
  private rateTimer: Timer | null = null;
  private deadline: Timer | null = null;
  private identities: readonly AuthId[] = [];
  private remoteIp: string | null = null;
  private asker: Asker = { isCoterie: false, hasReadOnlyByte: false };
  private isAdmitted = false;
  /** It carries a four-letter word and its answer, and no session. */
  private hasWord = false;
  /** Too much waits there: no more is handed in. */
  private isServedFull = false;
  /** Answers that wait for room may go on. */
  private hasDrained = false;
  /** At the end of the last turn in which something was told, more waited than should. */
  private isBehind = false;
  /** What waited when it was last looked at with what waits for all others. */
  private weighedBytes = 0;
  private isPaused = false;
  /** Nothing more is taken in; it ends as soon as what was handed in is answered. */
  private isLeaving = false;
  /** Nothing more is sent. */
  private isClosing = false;
  /** The transport has said so. */
  private isGone = false;

  constructor(port: PortContext, connection: Connection) {
    this.port = port;
    this.connection = connection;
    const { requestsPerSecondMax, serving, clock } = port;
    this.arrived = new ArrivedFrames(requestsPerSecondMax, serving.table.requestsMax, clock.nowMs());
  }

  get isOver(): boolean {
    return this.isClosing;
  }

  /** Whether requests are read, as `cons` shows it. */
  get isReading(): boolean {
    return !this.isPaused && !this.isClosing && !this.hasWord;
  }

  /** Of replies and events that wait for the client to read. */
  get queueSizeBytes(): number {
    return this.connection.sendQueueBytes;
  }

  /** As `cons` and `stat` count. */
  get counts(): { readonly queuedCount: number; readonly receivedCount: number; readonly sentCount: number } {
    const { traffic } = this.served ?? { traffic: null };
    if (traffic === null) return { queuedCount: 0, receivedCount: this.hasWord ? 1 : 0, sentCount: 0 };
    const { outstandingCount: queuedCount, receivedCount, sentCount } = traffic;
    return { queuedCount, receivedCount, sentCount };
  }

  opened(info: ConnectionInfo): void {
    const { port } = this;
    this.remoteAddress = info.remoteAddress;
    this.remoteIp = info.remoteIp;
    this.establishedAtMs = port.clock.wallTimeMs();
    this.isAdmitted = port.limits.admit(info.remoteIp);
    if (!this.isAdmitted) {
      port.logger?.warn({ address: info.remoteAddress }, "too many connections of ZooKeeper clients");
      return this.cut();
    }
    port.connections.add(this);
    this.identities = identitiesOf(info);
    this.hasWord = info.fourLetterWord !== null;
    if (info.fourLetterWord !== null) return port.answerWord(info.fourLetterWord, this);
    this.deadline = port.clock.setTimer(SESSIONLESS_MAX_MS, () => this.close());
  }

  received(frame: Uint8Array): void {
    if (this.isClosing || this.isLeaving) return;
    const { port } = this;
    this.arrived.push(frame, this.served === null, port.requestsPerSecondMax === 0 ? 0 : port.clock.nowMs());
    port.arrived(this);
  }

  drained(): void {
    this.isFull = false;
    this.isBehind = false;
    this.weighedBytes = 0;
    this.hasDrained = true;
    this.port.arrived(this);
  }

  closed(): void {
    this.isGone = true;
    this.isClosing = true;
    this.endDeadline();
    if (this.isAdmitted) this.port.limits.release(this.remoteIp);
    this.isAdmitted = false;
    this.port.left(this);
    // Its session hears of it in the next turn, behind the requests that came before.
    this.port.arrived(this);
  }

  /** Hands in what has come, in `turnEnding`. */
  takeArrivals(): void {
    if (this.hasDrained) this.served?.goOn();
    this.hasDrained = false;
    this.handIn();
    if (this.isGone || this.isClosing) return this.leave();
    if (this.isLeaving) return this.closeIfAnswered();
    const mustPause = this.isHeldUp || this.arrived.isFull;
    if (mustPause === this.isPaused) return;
    this.isPaused = mustPause;
    if (mustPause) this.connection.pause();
    else this.connection.resume();
  }

  /** Bytes as they are, and the end. */
  sendText(text: string): void {
    this.connection.send(new TextEncoder().encode(text));
    this.close();
  }

  /** What was sent is sent; nothing else is. */
  close(): void {
    if (this.isClosing) return;
    this.isClosing = true;
    this.endDeadline();
    this.arrived.clear();
    this.connection.close();
    this.port.arrived(this);
  }

  /** Takes in no more, and closes when everything that was handed in is answered. */
  depart(): void {
    if (this.isClosing || this.isLeaving) return;
    this.isLeaving = true;
    this.arrived.clear();
    this.port.arrived(this);
  }

  /** In a turn: the session lives as long as this connection is open. */
  keepSession(): void {
    const { served } = this;
    if (served === null || !this.hasSession || this.isClosing) return;
    this.port.touch(served.sessionId, served.timeoutMs);
  }

  /** The timeout of its session; Infinity without one. */
  get sessionTimeoutMs(): number {
    return this.served !== null && this.hasSession ? this.served.timeoutMs : Infinity;
  }

  private get hasSession(): boolean {
    return this.served !== null && this.served.sessionId !== SESSION_NONE;
  }

  private get isHeldUp(): boolean {
    return this.isServedFull || this.isFull;
  }

  /** It is let go of, too: most connections last, and have none from their session on. */
  private endDeadline(): void {
    this.deadline?.cancel();
    this.deadline = null;
  }

  private cut(): void {
    this.isClosing = true;
    this.endDeadline();
    this.arrived.clear();
    this.connection.abort();
    this.port.arrived(this);
  }

  /** The session stays, the connection to it does not. */
  private leave(): void {
    this.rateTimer?.cancel();
    this.arrived.clear();
    this.served?.drop();
    this.served = null;
  }

  private handIn(): void {
    const { arrived, port } = this;
    this.rateTimer?.cancel();
    this.rateTimer = null;
    while (!this.isHeldUp) {
      const frame = arrived.next(this.served === null, port.serving.table.nowMs);
      if (frame === null) break;
      this.take(frame);
    }
    const { waitMs } = arrived;
    if (waitMs !== null && !this.isHeldUp) this.rateTimer = port.clock.setTimer(waitMs, () => port.arrived(this));
  }

  private take(frame: Uint8Array): void {
    if (this.isClosing && !this.isGone) return;
    const { reader } = this.port;
    reader.reset(frame);
    try {
      if (this.served === null) return this.shakeHands(reader);
      const { xid, body } = readRequest(reader);
      if (xid === XID_PROBE && this.asker.isCoterie) return this.send(this.port.writer.probed(this.port.probing));
      this.isServedFull = !this.served.submit(body.kind === "ping" ? XID_PING : xid, body);
    } catch (error) {
      if (!isProtocolError(error)) throw error;
      this.refuse(error, frame);
    }
  }

  private shakeHands(reader: JuteReader): void {
    const { protocolVersion, lastZxidSeen, timeoutMs, sessionId, password, readOnly } = readConnectRequest(reader);
    this.asker = { isCoterie: protocolVersion === PROTOCOL_VERSION_COTERIE, hasReadOnlyByte: readOnly !== null };
    const session = sessionId === 0n ? null : { id: sessionId as SessionId, password: password ?? new Uint8Array(0) };
    const { identities, remoteAddress } = this;
    if (session === null && !this.port.mayOpenSession(remoteAddress)) return this.close();
    this.served = this.port.serving.connect({ session, timeoutMs, lastZxidSeen, identities }, this);
    if (this.served === null) this.close();
  }

  /** client-protocol 10: without a header the connection closes in silence. */
  private refuse({ code, reason, header }: ProtocolError, frame: Uint8Array): void {
    if (header === null || this.served === null) return this.close();
    const { xid, type } = header;
    if (code === "UNIMPLEMENTED") return void this.served.refuse(xid, code, -1, true);
    if (type === OPCODES.multi) {
      this.isServedFull = !this.served.submit(xid, UNDECODABLE_MULTI);
      return;
    }
    const isWriteInMultiRead = type === OPCODES.multiRead && reason === "multi-opcode" && isWriteFirst(frame);
    const body: ResponseBody | null = isWriteInMultiRead ? { kind: "multiRead", results: [] } : null;
    this.isServedFull = !this.served.refuse(xid, code, "last", false, body);
  }

  /** As a `ServedSink`. */
  connected(session: ServedSession): void {
    this.endDeadline();
    this.send(this.port.writer.connected(session, this.asker));
    this.port.connected(session.timeoutMs);
  }

  replied(xid: number, zxid: number, code: ErrorCode | null, body: ResponseBody | null): void {
    if (!this.isClosing) this.send(this.port.writer.reply(xid, zxid, code, body));
  }

  notified(event: WatcherEvent, zxid: number): void {
    this.send(this.port.writer.notification(event, zxid));
  }

  submitAgain(): void {
    this.isServedFull = false;
    this.port.arrived(this);
  }

  flush(): void {
    this.cutIfTooSlow();
    if (this.isLeaving) this.closeIfAnswered();
  }

  /**
   * Nothing that was handed in is without an answer, and nothing else was: a client that understands it is told so, and asks
   * somebody else. To others it is a connection that ends.
   */
  private closeIfAnswered(): void {
    if (this.isClosing) return;
    const { served } = this;
    // One that has ended forgets what it has not answered: it is told so, and nothing else.
    if (served !== null && (served.end !== null || !this.hasSession || served.traffic.outstandingCount > 0)) return;
    if (served !== null && this.asker.isCoterie) this.send(this.port.writer.goodbye());
    this.close();
  }

  /** Who was handed much in one turn has the time until the next to read of it; who has not is too slow. */
  private cutIfTooSlow(): void {
    const { sendQueueBytes } = this.connection;
    if (this.isBehind && sendQueueBytes > this.port.clientQueueMaxBytes) this.cutAsTooSlow();
    this.isBehind = sendQueueBytes > this.port.sendQueueTargetBytes;
  }

  /** It has more to read than may wait. */
  cutAsTooSlow(): void {
    if (this.isClosing) return;
    const { sendQueueBytes: bytes } = this.connection;
    this.port.logger?.warn({ address: this.remoteAddress, bytes }, "a ZooKeeper client reads too slowly");
    this.cut();
  }

  ended(end: ServedEnd): void {
    const wasRefused = end === "expired" && this.served?.sessionId === 0n;
    this.served = null;
    if (wasRefused) this.send(this.port.writer.expired(this.asker));
    this.close();
  }

  private send(frame: Uint8Array): void {
    if (this.isClosing) return;
    if (this.connection.send(frame)) return;
    this.isFull = true;
    const { port } = this;
    const { sendQueueBytes } = this.connection;
    if (sendQueueBytes > port.clientQueueMaxBytes * BURST_QUEUES_MAX) return this.cutAsTooSlow();
    if (sendQueueBytes < this.weighedBytes + port.sendQueueTargetBytes) return;
    this.weighedBytes = sendQueueBytes;
    port.weighQueues();
  }
}

/** The address, and the subject of a certificate, are proved by the connection itself. */
function identitiesOf({ remoteIp, identity }: ConnectionInfo): AuthId[] {
  const identities: AuthId[] = remoteIp === null ? [] : [{ scheme: "ip", id: remoteIp }];
  if (identity.kind === "certificate") identities.push({ scheme: "x509", id: identity.subject });
  return identities;
}

const WRITES_IN_MULTI: ReadonlySet<number> = new Set([
  OPCODES.create,
  OPCODES.create2,
  OPCODES.createContainer,
  OPCODES.createTTL,
  OPCODES.delete,
  OPCODES.setData,
  OPCODES.check,
]);
const REQUEST_HEADER_SIZE_BYTES = 8;
/** What one turn may hand to a client, in `clientQueueMaxBytes`: beyond it its connection is cut, fast or slow. */
const BURST_QUEUES_MAX = 4;

/**
 * What ZooKeeper cannot decode of a multi takes a zxid all the same (client-protocol 5). A flag that no mode has is answered as if
 * it could not be decoded.
 */
const UNDECODABLE_MULTI: RequestBody = {
  kind: "multi",
  ops: [{ kind: "create", path: "/", data: null, acl: null, flags: -1 }],
};

/** ZooKeeper refuses a multiRead of writes with an empty body, and whatever else it cannot decode without one. */
function isWriteFirst(frame: Uint8Array): boolean {
  if (frame.length < REQUEST_HEADER_SIZE_BYTES + 4) return false;
  const type = new DataView(frame.buffer, frame.byteOffset).getInt32(REQUEST_HEADER_SIZE_BYTES);
  return WRITES_IN_MULTI.has(type);
}
