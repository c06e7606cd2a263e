import type { JuteReader } from "../jute/reader.ts";
import type { JuteWriter } from "../jute/writer.ts";

/** The size of every session password. The C client reads its ConnectResponse blindly and depends on it. */
export const PASSWORD_SIZE_BYTES: number = 16;

/**
 * What Coterie's clients and peers write into `protocolVersion`, so that both know from the handshake whom they speak to; in
 * ASCII it reads "Cote". A client always sends it, since ZooKeeper's servers ignore what stands there; a peer answers it iff the
 * client has sent it. Between two ends that have shown it, `XID_GOODBYE` and `XID_PROBE` are understood.
 */
export const PROTOCOL_VERSION_COTERIE: number = 0x436f_7465;

/** The first frame of a connection, without a header. Source: client-protocol.md, section 2.1. */
export interface ConnectRequest {
  /** 0, or `PROTOCOL_VERSION_COTERIE`; ZooKeeper's servers ignore it. */
  readonly protocolVersion: number;
  /** The last zxid of an ordinary reply that this client saw, 0 the first time. */
  readonly lastZxidSeen: number;
  /** The session timeout asked for; may be anything, the server clamps it. */
  readonly timeoutMs: number;
  /** 0 for a new session. */
  readonly sessionId: bigint;
  /** 16 bytes, or empty or null for a new session. */
  readonly password: Uint8Array | null;
  /** Null if the byte is absent, as from clients up to 3.3. */
  readonly readOnly: boolean | null;
}

/** The answer to a ConnectRequest, without a header: 37 bytes, 36 without the read-only byte. */
export interface ConnectResponse {
  /** 0; `PROTOCOL_VERSION_COTERIE` iff the request carried that and this is a Coterie peer. */
  readonly protocolVersion: number;
  /** The timeout granted; 0 says that the session is unknown or expired. */
  readonly timeoutMs: number;
  readonly sessionId: bigint;
  /** `PASSWORD_SIZE_BYTES` long when a ZooKeeper client is to read it. */
  readonly password: Uint8Array;
  /** Whether this server is in read-only mode. Null omits the byte: send it iff the request carried it. */
  readonly readOnly: boolean | null;
}

export function readConnectRequest(reader: JuteReader): ConnectRequest {
  return {
    protocolVersion: reader.readInt(),
    lastZxidSeen: reader.readLong(),
    timeoutMs: reader.readInt(),
    sessionId: reader.readBigLong(),
    password: reader.readNullableBuffer(),
    readOnly: readOptionalBoolean(reader),
  };
}

export function writeConnectRequest(writer: JuteWriter, request: ConnectRequest): void {
  writer.writeInt(request.protocolVersion);
  writer.writeLong(request.lastZxidSeen);
  writer.writeInt(request.timeoutMs);
  writer.writeBigLong(request.sessionId);
  writer.writeBuffer(request.password);
  if (request.readOnly !== null) writer.writeBoolean(request.readOnly);
}

export function readConnectResponse(reader: JuteReader): ConnectResponse {
  return {
    protocolVersion: reader.readInt(),
    timeoutMs: reader.readInt(),
    sessionId: reader.readBigLong(),
    password: reader.readBuffer(),
    readOnly: readOptionalBoolean(reader),
  };
}

export function writeConnectResponse(writer: JuteWriter, response: ConnectResponse): void {
  writer.writeInt(response.protocolVersion);
  writer.writeInt(response.timeoutMs);
  writer.writeBigLong(response.sessionId);
  writer.writeBuffer(response.password);
  if (response.readOnly !== null) writer.writeBoolean(response.readOnly);
}

/** The field that a later version appended: it is there iff bytes remain. */
function readOptionalBoolean(reader: JuteReader): boolean | null {
  return reader.remainingBytes > 0 ? reader.readBoolean() : null;
}
