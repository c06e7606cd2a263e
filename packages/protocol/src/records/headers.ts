import type { JuteReader } from "../jute/reader.ts";
import type { JuteWriter } from "../jute/writer.ts";

/** The first 8 bytes of every request but the ConnectRequest. */
export interface RequestHeader {
  /** Chosen by the client, echoed by the server; for the special ones see xids.ts. */
  readonly xid: number;
  /** The opcode, or whatever else a client wrote there. */
  readonly type: number;
}

/** The first 16 bytes of every reply and notification. */
export interface ReplyHeader {
  readonly xid: number;
  /** The last zxid the server had processed, at least that of the write answered; -1 or 0 in cases that have none. */
  readonly zxid: number;
  /** ZooKeeper's error number, 0 for success. `codeOfWire` of `@coterie/interface` names it. */
  readonly err: number;
}

export function readRequestHeader(reader: JuteReader): RequestHeader {
  return { xid: reader.readInt(), type: reader.readInt() };
}

export function writeRequestHeader(writer: JuteWriter, header: RequestHeader): void {
  writer.writeInt(header.xid);
  writer.writeInt(header.type);
}

export function readReplyHeader(reader: JuteReader): ReplyHeader {
  return { xid: reader.readInt(), zxid: reader.readLong(), err: reader.readInt() };
}

export function writeReplyHeader(writer: JuteWriter, header: ReplyHeader): void {
  writer.writeInt(header.xid);
  writer.writeLong(header.zxid);
  writer.writeInt(header.err);
}
