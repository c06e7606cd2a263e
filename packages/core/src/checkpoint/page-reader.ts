import { CoterieError, type SessionId, type Zxid } from "@coterie/interface";
import { type Acl, isProtocolError, JuteReader, readAclVector } from "@coterie/protocol";
import { OPEN_ACL } from "../acl/acl-table.ts";
import { OWNER_NONE } from "../tree/owner.ts";
import type { ZnodeId } from "../tree/znode-ids.ts";
import {
  MTIME_IS_CTIME,
  MZXID_IS_CZXID,
  OWNER_IS_NONE,
  PAGE_VERSION,
  PZXID_IS_CZXID,
  SESSION_GONE_RECORD,
  SESSION_RECORD,
  VERSIONS_ARE_ZERO,
  ZNODE_GONE_RECORD,
  ZNODE_RECORD,
} from "./checkpoint-format.ts";

/** A znode as a page holds it: one object for all of a page, which is filled anew for each. */
export interface ZnodeRecord {
  id: ZnodeId;
  parent: ZnodeId;
  /** The page. */
  readonly bytes: Uint8Array;
  /** Where the name stands in it, and the data. `dataStart` is -1 for null; then `dataEnd` is, too. */
  nameStart: number;
  nameEnd: number;
  dataStart: number;
  dataEnd: number;
  czxid: number;
  mzxid: number;
  pzxid: number;
  ctime: number;
  mtime: number;
  version: number;
  cversion: number;
  aversion: number;
  owner: bigint;
  acl: readonly Acl[];
}

export interface SessionRecord {
  readonly id: SessionId;
  readonly timeoutMs: number;
  readonly verifier: Uint8Array;
  readonly czxid: Zxid;
}

/** Takes what a page holds, in its order. */
export interface PageSink {
  znode(record: Readonly<ZnodeRecord>): void;
  znodeGone(id: ZnodeId): void;
  session(record: SessionRecord): void;
  sessionGone(id: SessionId): void;
}

/** @throws CoterieError CHECKPOINT_CORRUPT if the bytes are no page of a known version. */
export function readPage(bytes: Uint8Array, sink: PageSink): void {
  const reader = new JuteReader(bytes, { fieldSizeMaxBytes: bytes.length });
  try {
    const version = reader.readByte();
    if (version !== PAGE_VERSION) throw corrupt(`its version is ${version}, this build reads ${PAGE_VERSION}`);
    const acls: (readonly Acl[])[] = [];
    const record = createZnodeRecord(bytes);
    while (reader.remainingBytes > 0) readRecord(reader, acls, record, sink);
  } catch (error) {
    if (!isProtocolError(error)) throw error;
    throw corrupt(error.message, error);
  }
}

export function corrupt(what: string, cause?: unknown): CoterieError {
  return new CoterieError("CHECKPOINT_CORRUPT", `a page of the checkpoint cannot be used: ${what}`, { cause });
}

function readRecord(reader: JuteReader, acls: (readonly Acl[])[], record: ZnodeRecord, sink: PageSink): void {
  const kind = reader.readByte();
  switch (kind) {
    case ZNODE_RECORD:
      readZnode(reader, acls, record);
      return sink.znode(record);
    case ZNODE_GONE_RECORD:
      return sink.znodeGone(readId(reader));
    case SESSION_RECORD:
      return sink.session({
        id: reader.readBigLong() as SessionId,
        timeoutMs: reader.readInt(),
        verifier: reader.readBuffer(),
        czxid: reader.readLong() as Zxid,
      });
    case SESSION_GONE_RECORD:
      return sink.sessionGone(reader.readBigLong() as SessionId);
    default:
      throw corrupt(`it holds a record of the unknown kind ${kind}`);
  }
}

function createZnodeRecord(bytes: Uint8Array): ZnodeRecord {
  return {
    id: 0,
    parent: 0,
    bytes,
    nameStart: 0,
    nameEnd: 0,
    dataStart: -1,
    dataEnd: -1,
    czxid: 0,
    mzxid: 0,
    pzxid: 0,
    ctime: 0,
    mtime: 0,
    version: 0,
    cversion: 0,
    aversion: 0,
    owner: OWNER_NONE,
    acl: OPEN_ACL,
  };
}

function readZnode(reader: JuteReader, acls: (readonly Acl[])[], record: ZnodeRecord): void {
  const flags = reader.readByte();
  record.id = readId(reader);
  record.parent = reader.readInt();
  record.nameStart = reader.skipString();
  record.nameEnd = reader.position;
  record.czxid = reader.readLong();
  record.mzxid = (flags & MZXID_IS_CZXID) === 0 ? reader.readLong() : record.czxid;
  record.pzxid = (flags & PZXID_IS_CZXID) === 0 ? reader.readLong() : record.czxid;
  record.ctime = reader.readLong();
  record.mtime = (flags & MTIME_IS_CTIME) === 0 ? reader.readLong() : record.ctime;
  const isVersioned = (flags & VERSIONS_ARE_ZERO) === 0;
  record.version = isVersioned ? reader.readInt() : 0;
  record.cversion = isVersioned ? reader.readInt() : 0;
  record.aversion = isVersioned ? reader.readInt() : 0;
  record.owner = (flags & OWNER_IS_NONE) === 0 ? reader.readBigLong() : OWNER_NONE;
  record.acl = readAcl(reader, acls);
  record.dataStart = reader.skipNullableBuffer();
  record.dataEnd = record.dataStart < 0 ? -1 : reader.position;
}

/** Ids above it are refused, so that a damaged one cannot make the id table huge: a billion znodes do not fit. */
const ZNODE_ID_MAX = 2 ** 30;

function readId(reader: JuteReader): ZnodeId {
  const id = reader.readInt();
  if (id < 1 || id > ZNODE_ID_MAX) throw corrupt(`it names a znode by the impossible id ${id}`);
  return id;
}

function readAcl(reader: JuteReader, acls: (readonly Acl[])[]): readonly Acl[] {
  const index = reader.readInt();
  if (index < 0 || index > acls.length) throw corrupt(`it refers to ACL ${index} of ${acls.length}`);
  if (index === acls.length) acls.push(readAclVector(reader) ?? OPEN_ACL);
  return acls[index]!;
}
