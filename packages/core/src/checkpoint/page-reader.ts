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

/** A znode as a page holds it. `name` and `data` are views of the page. */
export interface ZnodeRecord {
  readonly id: ZnodeId;
  readonly parent: ZnodeId;
  readonly name: Uint8Array;
  readonly czxid: number;
  readonly mzxid: number;
  readonly pzxid: number;
  readonly ctime: number;
  readonly mtime: number;
  readonly version: number;
  readonly cversion: number;
  readonly aversion: number;
  readonly owner: bigint;
  readonly acl: readonly Acl[];
  readonly data: Uint8Array | null;
}

export interface SessionRecord {
  readonly id: SessionId;
  readonly timeoutMs: number;
  readonly verifier: Uint8Array;
  readonly czxid: Zxid;
}

/** Takes what a page holds, in its order. */
export interface PageSink {
  znode(record: ZnodeRecord): void;
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
    while (reader.remainingBytes > 0) readRecord(reader, acls, sink);
  } catch (error) {
    if (!isProtocolError(error)) throw error;
    throw corrupt(error.message, error);
  }
}

export function corrupt(what: string, cause?: unknown): CoterieError {
  return new CoterieError("CHECKPOINT_CORRUPT", `a page of the checkpoint cannot be used: ${what}`, { cause });
}

function readRecord(reader: JuteReader, acls: (readonly Acl[])[], sink: PageSink): void {
  const kind = reader.readByte();
  switch (kind) {
    case ZNODE_RECORD:
      return sink.znode(readZnode(reader, acls));
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

function readZnode(reader: JuteReader, acls: (readonly Acl[])[]): ZnodeRecord {
  const flags = reader.readByte();
  const id = readId(reader);
  const parent = reader.readInt();
  const name = reader.readBuffer();
  const czxid = reader.readLong();
  const mzxid = (flags & MZXID_IS_CZXID) === 0 ? reader.readLong() : czxid;
  const pzxid = (flags & PZXID_IS_CZXID) === 0 ? reader.readLong() : czxid;
  const ctime = reader.readLong();
  const mtime = (flags & MTIME_IS_CTIME) === 0 ? reader.readLong() : ctime;
  const isVersioned = (flags & VERSIONS_ARE_ZERO) === 0;
  const version = isVersioned ? reader.readInt() : 0;
  const cversion = isVersioned ? reader.readInt() : 0;
  const aversion = isVersioned ? reader.readInt() : 0;
  const owner = (flags & OWNER_IS_NONE) === 0 ? reader.readBigLong() : OWNER_NONE;
  const acl = readAcl(reader, acls);
  const data = reader.readNullableBuffer();
  return {
    id,
    parent,
    name,
    czxid,
    mzxid,
    pzxid,
    ctime,
    mtime,
    version,
    cversion,
    aversion,
    owner,
    acl,
    data,
  };
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
