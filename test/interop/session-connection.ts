import { connect, type Socket } from "node:net";
import {
  beginFrame,
  createFrameSplitter,
  endFrame,
  JuteReader,
  JuteWriter,
  type Opcode,
  OPCODES,
  peekXid,
  readConnectResponse,
  readResponse,
  type RequestBody,
  type Response,
  type WatcherEvent,
  writeConnectRequest,
  writeRequest,
  XID_AUTH,
  XID_NOTIFICATION,
  XID_PING,
} from "@coterie/protocol";

export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
  /** The address to connect from, which is an identity too. Default: the system's choice. */
  readonly localAddress?: string;
  /** Take up this session instead of opening one. */
  readonly session?: { readonly id: bigint; readonly password: Uint8Array };
}

/** One socket of one session. One request at a time; what the server sends meanwhile is kept in order. */
export interface SessionConnection {
  readonly sessionId: bigint;
  readonly password: Uint8Array;
  /** Resolves with the reply, whatever its error code. Rejects if the server closes or does not answer. */
  request(body: RequestBody): Promise<Response>;
  /** The notifications that came since the last call, in order. */
  takeEvents(): WatcherEvent[];
  /** Cuts the socket without a word to the server. */
  destroy(): void;
}

const ANSWER_DEADLINE_MS = 10_000;

export async function openConnection(options: ConnectionOptions): Promise<SessionConnection> {
  const socket = connect({
    host: options.host,
    port: options.port,
    ...(options.localAddress === undefined ? {} : { localAddress: options.localAddress }),
  });
  socket.setNoDelay(true);
  const frames = readFrames(socket);
  const writer = new JuteWriter();
  const send = (write: () => void): void => {
    writer.reset();
    const start = beginFrame(writer);
    write();
    endFrame(writer, start);
    socket.write(writer.copy());
  };
  send(() =>
    writeConnectRequest(writer, {
      protocolVersion: 0,
      lastZxidSeen: 0,
      timeoutMs: options.timeoutMs,
      sessionId: options.session?.id ?? 0n,
      password: options.session?.password ?? null,
      readOnly: false,
    }),
  );
  const granted = readConnectResponse(new JuteReader(await frames.next("handshake")));
  if (granted.timeoutMs <= 0) throw new Error("the server does not know this session any more");
  let events: WatcherEvent[] = [];
  let lastXid = 0;
  return {
    sessionId: granted.sessionId,
    password: granted.password.slice(),
    async request(body) {
      const xid = xidOf(body, lastXid + 1);
      if (xid > 0) lastXid = xid;
      send(() => writeRequest(writer, { xid, body }));
      for (;;) {
        const frame = await frames.next(body.kind);
        if (peekXid(frame) !== XID_NOTIFICATION) return readReply(frame, xid, OPCODES[body.kind]);
        const { body: event } = readResponse(new JuteReader(frame), OPCODES.notification);
        if (event?.kind === "notification") events.push(event);
      }
    },
    takeEvents() {
      const taken = events;
      events = [];
      return taken;
    },
    destroy: () => void socket.destroy(),
  };
}

function xidOf(body: RequestBody, next: number): number {
  if (body.kind === "ping") return XID_PING;
  return body.kind === "auth" ? XID_AUTH : next;
}

function readReply(frame: Uint8Array, xid: number, opcode: Opcode): Response {
  const response = readResponse(new JuteReader(frame), opcode);
  if (response.xid !== xid) throw new Error(`expected the reply to ${xid}, got one to ${response.xid}`);
  return response;
}

/** The frames of a socket, one a call. */
function readFrames(socket: Socket): { next(awaited: string): Promise<Uint8Array> } {
  const splitter = createFrameSplitter();
  let failure: Error | undefined;
  let wake: (() => void) | undefined;
  const fail = (error: Error): void => {
    failure ??= error;
    wake?.();
  };
  socket.on("data", (chunk) => {
    splitter.push(chunk);
    wake?.();
  });
  socket.on("error", fail);
  socket.on("close", () => fail(new Error("the server closed the connection")));
  return {
    async next(awaited) {
      const timer = setTimeout(() => fail(new Error("no answer in time")), ANSWER_DEADLINE_MS);
      try {
        for (;;) {
          const frame = splitter.next();
          if (frame !== null) return frame;
          if (failure !== undefined) throw new Error(`while waiting for ${awaited}`, { cause: failure });
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
