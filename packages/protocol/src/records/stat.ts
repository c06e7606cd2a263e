import type { JuteReader } from "../jute/reader.ts";
import type { JuteWriter } from "../jute/writer.ts";

/** A Stat on the wire. */
export const STAT_SIZE_BYTES: number = 68;

/** What ZooKeeper tells about a node. Source: client-protocol.md, section 8. */
export interface Stat {
  /** The zxid that created the node. */
  readonly czxid: number;
  /** The zxid that last changed its data. */
  readonly mzxid: number;
  /** When it was created, in milliseconds since the Unix epoch by the leader's clock. */
  readonly ctime: number;
  /** When its data last changed, likewise. */
  readonly mtime: number;
  /** Changes of the data, wrapping as an int32. */
  readonly version: number;
  /** Changes of the children: twice the creates minus the current children. */
  readonly cversion: number;
  /** Changes of the ACL. */
  readonly aversion: number;
  /** The session that owns an ephemeral node; 0 for all others. */
  readonly ephemeralOwner: bigint;
  /** The length of the data in bytes. */
  readonly dataLength: number;
  readonly numChildren: number;
  /** The zxid that last created or deleted a child. */
  readonly pzxid: number;
}

export function readStat(reader: JuteReader): Stat {
  return {
    czxid: reader.readLong(),
    mzxid: reader.readLong(),
    ctime: reader.readLong(),
    mtime: reader.readLong(),
    version: reader.readInt(),
    cversion: reader.readInt(),
    aversion: reader.readInt(),
    ephemeralOwner: reader.readBigLong(),
    dataLength: reader.readInt(),
    numChildren: reader.readInt(),
    pzxid: reader.readLong(),
  };
}

export function writeStat(writer: JuteWriter, stat: Stat): void {
  writer.writeLong(stat.czxid);
  writer.writeLong(stat.mzxid);
  writer.writeLong(stat.ctime);
  writer.writeLong(stat.mtime);
  writer.writeInt(stat.version);
  writer.writeInt(stat.cversion);
  writer.writeInt(stat.aversion);
  writer.writeBigLong(stat.ephemeralOwner);
  writer.writeInt(stat.dataLength);
  writer.writeInt(stat.numChildren);
  writer.writeLong(stat.pzxid);
}
