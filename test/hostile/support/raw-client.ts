import {
  createFrameSplitter,
  JuteReader,
  JuteWriter,
  OPCODES,
  peekXid,
  readConnectResponse,
  readResponse,
  type RequestBody,
  type Response,
  writeConnectRequest,
  writeRequest,
  XID_AUTH,
  XID_NOTIFICATION,
  XID_PING,
} from "@coterie/protocol";
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface ConnectFields {
  readonly timeoutMs?: number;
  readonly sessionId?: bigint;
  readonly password?: Uint8Array | null;
}

/** What a reader takes in at once from this machine: more than any reply in these tests. */
const REPLY_SIZE_MAX_BYTES = 2 ** 30;

/** A client that speaks ZooKeeper's protocol as far as it is told to, and any bytes beside. */
export class RawClient {
  readonly socket: Socket;
  /** Frames that nobody has taken yet. */
  readonly frames: Uint8Array[] = [];
  receivedBytes = 0;
  isClosed = false;
  sessionId = 0n;
  password: Uint8Array = new Uint8Array(0);
  grantedTimeoutMs = 0;
  private readonly splitter = createFrameSplitter({ frameSizeMaxBytes: REPLY_SIZE_MAX_BYTES });
  private readonly chunks: Buffer[] = [];
  private wake: () => void = () => undefined;
  private isText = true;
  private lastXid = 0;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.isClosed = true;
      this.wake();
    });
    socket.on("data", (chunk) => this.take(chunk));
  }

  static async dial(port: number): Promise<RawClient> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    const client = new RawClient(socket);
    await once(socket, "connect");
    return client;
  }

  /** All that has come, of a connection without frames. */
  get text(): string {
    return Buffer.concat(this.chunks).toString("latin1");
  }

  write(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  /** A length, and whatever stands behind it. */
  writeFrame(body: Uint8Array, length: number = body.length): void {
    const prefix = Buffer.alloc(4);
    prefix.writeInt32BE(length | 0);
    this.socket.write(Buffer.concat([prefix, body]));
  }

  async connect(fields: ConnectFields = {}): Promise<void> {
    const { timeoutMs = 30_000, sessionId = 0n, password = null } = fields;
    this.sendConnect({ timeoutMs, sessionId, password });
    const granted = readConnectResponse(new JuteReader(await this.nextFrame()));
    this.sessionId = granted.sessionId;
    this.password = granted.password.slice();
    this.grantedTimeoutMs = granted.timeoutMs;
  }

  sendConnect({ timeoutMs = 30_000, sessionId = 0n, password = null }: ConnectFields): void {
    this.isText = false;
    const writer = new JuteWriter();
    writeConnectRequest(writer, {
      protocolVersion: 0,
      lastZxidSeen: 0,
      timeoutMs,
      sessionId,
      password,
      readOnly: false,
    });
    this.writeFrame(writer.copy());
  }

  /** Its xid; nobody waits for the reply. */
  send(body: RequestBody): number {
    const xid = body.kind === "ping" ? XID_PING : body.kind === "auth" ? XID_AUTH : ++this.lastXid;
    this.writeFrame(requestOf(body, xid));
    return xid;
  }

  async ask(body: RequestBody): Promise<Response> {
    const xid = this.send(body);
    const [response] = await this.replies(1, body.kind);
    if (response!.xid !== xid) throw new Error(`expected the reply to ${xid}, got one to ${response!.xid}`);
    return response!;
  }

  /** The next replies, all to requests of one kind, events left out. */
  async replies(count: number, kind: RequestBody["kind"]): Promise<Response[]> {
    const responses: Response[] = [];
    while (responses.length < count) {
      const frame = await this.nextFrame();
      if (peekXid(frame) === XID_NOTIFICATION) this.events.push(frame);
      else responses.push(readResponse(new JuteReader(frame), OPCODES[kind]));
    }
    return responses;
  }

  /** Frames of events that have come among replies. */
  readonly events: Uint8Array[] = [];

  /** The paths of the events that have come. */
  get eventPaths(): string[] {
    return this.events.flatMap((frame) => {
      const { body } = readResponse(new JuteReader(frame), OPCODES.notification);
      return body?.kind === "notification" ? [body.path] : [];
    });
  }

  async nextFrame(): Promise<Uint8Array> {
    while (this.frames.length === 0) {
      if (this.isClosed) throw new Error("the peer has closed the connection");
      await this.woken();
    }
    return this.frames.shift()!;
  }

  async untilClosed(): Promise<void> {
    while (!this.isClosed) await this.woken();
  }

  destroy(): void {
    this.socket.destroy();
  }

  private woken(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  private take(chunk: Buffer): void {
    this.receivedBytes += chunk.length;
    if (this.isText) this.chunks.push(chunk);
    else {
      this.splitter.push(chunk);
      for (let frame = this.splitter.next(); frame !== null; frame = this.splitter.next())
        this.frames.push(frame.slice());
    }
    this.wake();
  }
}

/** A request's frame, without its length. */
export function requestOf(body: RequestBody, xid: number): Uint8Array {
  const writer = new JuteWriter();
  writeRequest(writer, { xid, body });
  return writer.copy();
}

export const OPEN_ACL = [{ perms: 31, scheme: "world", id: "anyone" }] as const;

export function create(path: string, data: Uint8Array | null = null, flags = 0): RequestBody {
  return { kind: "create", path, data, acl: OPEN_ACL, flags };
}
