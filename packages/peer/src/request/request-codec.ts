import { type AuthId, isSessionTimeout } from "@coterie/core";
import { assert, CoterieError, SESSION_NONE, type SessionId } from "@coterie/interface";
import {
  isProtocolError,
  JuteReader,
  JuteWriter,
  OPCODES,
  readRequestBody,
  readVector,
  type RequestBody,
  writeRequestBody,
  writeVector,
} from "@coterie/protocol";
import { type ClientRequest, type ClientWrite, type PeerRequest, TOKEN_MAX } from "./peer-request.ts";

const OPEN = 0;
const ATTACH = 1;
const CLIENT = 2;

/** Requests are written into shared chunks of about this size: a buffer of its own would cost more than most are long. */
const CHUNK_SIZE_BYTES = 64 * 1024;
const REQUEST_SIZE_USUAL_BYTES = 1024;

/** Of a verifier. This version's has 32 bytes; the next one's may have more. */
const VERIFIER_SIZE_MAX_BYTES = 64;

/** Two empty strings. */
const IDENTITY_SIZE_MIN_BYTES = 8;

/**
 * Requests as bytes, for consensus, to which they are opaque: 1 byte kind (0 open, 1 attach, 2 client), then the fields in
 * the order of peer-request.ts in jute's encoding, a write as its opcode and ZooKeeper's record. Equal requests have
 * equal bytes.
 */
export class RequestCodec {
  private readonly writer = new JuteWriter({ capacityBytes: CHUNK_SIZE_BYTES });
  private readonly reader = new JuteReader(new Uint8Array(0), { fieldSizeMaxBytes: 2 ** 31 - 1 });

  /** The bytes are a view of a chunk that is never written again: they may be kept and sent as they are. */
  encode(request: PeerRequest): Uint8Array {
    const { writer } = this;
    const start = writer.size;
    write(writer, request);
    const bytes = writer.viewFrom(start);
    if (writer.size >= CHUNK_SIZE_BYTES - REQUEST_SIZE_USUAL_BYTES) writer.take();
    return bytes;
  }

  /**
   * Buffers in the request are views of `bytes`.
   *
   * @throws CoterieError FRAME_CORRUPT for bytes that `encode` does not give, but for those that differ in what nobody
   * reads: a boolean's bits, and the heads of the operations of a multi.
   */
  decode(bytes: Uint8Array): PeerRequest {
    const { reader } = this;
    reader.reset(bytes);
    try {
      const request = read(reader);
      if (reader.remainingBytes > 0) throw corrupt(`${reader.remainingBytes} bytes stand behind it`);
      return request;
    } catch (error) {
      if (isProtocolError(error)) throw corrupt(error.message);
      throw error;
    }
  }
}

function write(writer: JuteWriter, request: PeerRequest): void {
  switch (request.kind) {
    case "open":
      writer.writeByte(OPEN);
      writer.writeInt(request.token);
      writer.writeLong(request.attachment);
      writer.writeInt(request.timeoutMs);
      writer.writeBuffer(request.verifier);
      return;
    case "attach":
      writer.writeByte(ATTACH);
      writer.writeInt(request.token);
      writer.writeBigLong(request.sessionId);
      writer.writeLong(request.attachment);
      writer.writeInt(request.timeoutMs);
      writer.writeBoolean(request.isResumed);
      return;
    case "client":
      assert(request.write.kind !== "check", "a check stands in a multi");
      writer.writeByte(CLIENT);
      writer.writeBigLong(request.sessionId);
      writer.writeLong(request.attachment);
      writer.writeInt(request.cxid);
      writeVector(writer, request.identities, writeIdentity);
      writer.writeInt(OPCODES[request.write.kind]);
      // The id of a closeSession is the session's own.
      writeRequestBody(writer, request.write.kind === "closeSession" ? { kind: "closeSession" } : request.write);
  }
}

function read(reader: JuteReader): PeerRequest {
  const kind = reader.readByte();
  switch (kind) {
    case OPEN:
      return {
        kind: "open",
        token: readToken(reader),
        attachment: readAttachment(reader),
        timeoutMs: readTimeout(reader),
        verifier: readVerifier(reader),
      };
    case ATTACH:
      return {
        kind: "attach",
        token: readToken(reader),
        sessionId: readSessionId(reader),
        attachment: readAttachment(reader),
        timeoutMs: readTimeout(reader),
        isResumed: reader.readBoolean(),
      };
    case CLIENT:
      return readClientRequest(reader);
    default:
      throw corrupt(`${kind} is no kind of request`);
  }
}

function readClientRequest(reader: JuteReader): ClientRequest {
  const sessionId = readSessionId(reader);
  const attachment = readAttachment(reader);
  const cxid = reader.readInt();
  if (cxid < 0) throw corrupt(`its number is ${cxid}`);
  const identities = readVector(reader, IDENTITY_SIZE_MIN_BYTES, readIdentity);
  const body = readRequestBody(reader, { xid: 0, type: reader.readInt() });
  return { kind: "client", sessionId, attachment, cxid, identities, write: writeOf(body, sessionId) };
}

function writeOf(body: RequestBody, sessionId: SessionId): ClientWrite {
  switch (body.kind) {
    case "create":
    case "create2":
    case "createContainer":
    case "createTTL":
    case "delete":
    case "setData":
    case "setACL":
    case "multi":
    case "reconfig":
      return body;
    case "closeSession":
      return { kind: "closeSession", id: sessionId };
    default:
      throw corrupt(`${body.kind} is no write`);
  }
}

function writeIdentity(writer: JuteWriter, { scheme, id }: AuthId): void {
  writer.writeString(scheme);
  writer.writeString(id);
}

function readIdentity(reader: JuteReader): AuthId {
  return { scheme: reader.readString(), id: reader.readString() };
}

function readToken(reader: JuteReader): number {
  const token = reader.readInt();
  if (token > TOKEN_MAX) throw corrupt(`its token is ${token}`);
  return token;
}

function readSessionId(reader: JuteReader): SessionId {
  const id = reader.readBigLong() as SessionId;
  if (id === SESSION_NONE) throw corrupt("it belongs to no session");
  return id;
}

function readAttachment(reader: JuteReader): number {
  const attachment = reader.readLong();
  if (attachment <= 0) throw corrupt(`its attachment is ${attachment}`);
  return attachment;
}

function readTimeout(reader: JuteReader): number {
  const timeoutMs = reader.readInt();
  if (!isSessionTimeout(timeoutMs)) throw corrupt(`its timeout is ${timeoutMs} ms`);
  return timeoutMs;
}

function readVerifier(reader: JuteReader): Uint8Array {
  const verifier = reader.readBuffer();
  if (verifier.length > VERIFIER_SIZE_MAX_BYTES) throw corrupt(`its verifier has ${verifier.length} bytes`);
  return verifier;
}

function corrupt(what: string): CoterieError {
  return new CoterieError("FRAME_CORRUPT", `a request of another peer cannot be used: ${what}`);
}
