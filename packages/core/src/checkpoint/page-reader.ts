import { CoterieError, type SessionId, type Zxid } from "@coterie/interface";
import { type Acl, isProtocolError, JuteReader, readAclVector } from "@coterie/protocol";
import { OPEN_ACL } from "../acl/acl-table.ts";
import { isNameEncoding } from "../tree/path-bytes.ts";
import type { ZnodeId } from "../tree/znode-ids.ts";
import {
  AVERSION,
  CTIME,
  CVERSION,
  CZXID,
  MTIME,
  MZXID,
  OWNER,
  PZXID,
  type RestoredZnode,
  VERSION,
} from "../tree/znode-record.ts";
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

/** A znode as a page holds it: one object for all of a page, which moves on from each to the next. */
export interface ZnodeRecord extends RestoredZnode {
  /** Which of the page's ACLs it has: how many `acl` gave before it. */
  readonly aclIndex: number;
}

export interface SessionRecord {
  readonly id: SessionId;
  readonly timeoutMs: number;
  readonly verifier: Uint8Array;
  readonly czxid: Zxid;
}

/** Takes what a page holds, in its order. */
export interface PageSink {
  /** The page's next ACL, before the first znode that has it. */
  acl(list: readonly Acl[]): void;
  znode(record: ZnodeRecord): void;
  znodeGone(id: ZnodeId): void;
  session(record: SessionRecord): void;
  sessionGone(id: SessionId): void;
}

/** @throws CoterieError CHECKPOINT_CORRUPT if the bytes are no page of a known version. */
export function readPage(bytes: Uint8Array, sink: PageSink): void {
  try {
    new PageReader(bytes, sink).read();
  } catch (error) {
    if (!isProtocolError(error)) throw error;
    throw corrupt(error.message, error);
  }
}

export function corrupt(what: string, cause?: unknown): CoterieError {
  return new CoterieError("CHECKPOINT_CORRUPT", `a page of the checkpoint cannot be used: ${what}`, { cause });
}

/** Ids above it are refused, so that a damaged one cannot make the id table huge: a billion znodes do not fit. */
const ZNODE_ID_MAX = 2 ** 30;
const KIND_BYTES = 1;
const INT_BYTES = 4;
const LONG_BYTES = 8;
const VERSIONS_BYTES = 3 * INT_BYTES;
/** Flags, id, parent, and the length of the name. */
const ZNODE_FRONT_BYTES = 1 + 3 * INT_BYTES;
const ALL_FLAGS = 31;
/** Of four bytes together. */
const NOT_ASCII = 0x80808080;
/** The high words of zxids and times are below it, and not below its opposite. */
const HIGH_WORD_MAX = 2 ** 21;

/** Bytes between name and ACL, for each combination of flags. */
const MIDDLE_SIZES: readonly number[] = Array.from({ length: ALL_FLAGS + 1 }, (_, flags) => {
  const longs = [MZXID_IS_CZXID, PZXID_IS_CZXID, MTIME_IS_CTIME, OWNER_IS_NONE].filter((flag) => (flags & flag) === 0);
  return (2 + longs.length) * LONG_BYTES + ((flags & VERSIONS_ARE_ZERO) === 0 ? VERSIONS_BYTES : 0);
});

/** Reads one page. Znodes are read by a view, a word at a time: there may be millions of them. */
class PageReader implements ZnodeRecord {
  id: ZnodeId = 0;
  parent: ZnodeId = 0;
  nameStart = 0;
  nameEnd = 0;
  dataStart = -1;
  dataEnd = -1;
  aclIndex = 0;
  readonly view: DataView;
  private flags = 0;
  private readonly bytes: Uint8Array;
  private readonly end: number;
  private readonly sink: PageSink;
  private reader: JuteReader | null = null;
  private aclCount = 0;
  /** All before it is read. */
  private at = 0;

  constructor(bytes: Uint8Array, sink: PageSink) {
    this.bytes = bytes;
    this.end = bytes.length;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.sink = sink;
  }

  read(): void {
    const { bytes, sink, end } = this;
    if (end === 0) throw truncated();
    const version = bytes[0]!;
    if (version !== PAGE_VERSION) throw corrupt(`its version is ${version}, this build reads ${PAGE_VERSION}`);
    this.at = 1;
    while (this.at < end) {
      const kind = bytes[this.at]!;
      this.at += KIND_BYTES;
      if (kind === ZNODE_RECORD) {
        this.readZnode();
        sink.znode(this);
      } else {
        this.readOther(kind);
      }
    }
  }

  readWords(words: Int32Array, to: number): void {
    const { view, flags } = this;
    let at = this.nameEnd;
    const czxidHigh = view.getInt32(at);
    const czxidLow = view.getInt32(at + 4);
    at += LONG_BYTES;
    words[to + CZXID] = czxidHigh;
    words[to + CZXID + 1] = czxidLow;
    const mzxidIn = (flags & MZXID_IS_CZXID) === 0;
    const mzxidHigh = mzxidIn ? view.getInt32(at) : czxidHigh;
    words[to + MZXID] = mzxidHigh;
    words[to + MZXID + 1] = mzxidIn ? view.getInt32(at + 4) : czxidLow;
    if (mzxidIn) at += LONG_BYTES;
    const pzxidIn = (flags & PZXID_IS_CZXID) === 0;
    const pzxidHigh = pzxidIn ? view.getInt32(at) : czxidHigh;
    words[to + PZXID] = pzxidHigh;
    words[to + PZXID + 1] = pzxidIn ? view.getInt32(at + 4) : czxidLow;
    if (pzxidIn) at += LONG_BYTES;
    const ctimeHigh = view.getInt32(at);
    const ctimeLow = view.getInt32(at + 4);
    at += LONG_BYTES;
    words[to + CTIME] = ctimeHigh;
    words[to + CTIME + 1] = ctimeLow;
    const mtimeIn = (flags & MTIME_IS_CTIME) === 0;
    const mtimeHigh = mtimeIn ? view.getInt32(at) : ctimeHigh;
    words[to + MTIME] = mtimeHigh;
    words[to + MTIME + 1] = mtimeIn ? view.getInt32(at + 4) : ctimeLow;
    if (mtimeIn) at += LONG_BYTES;
    if ((excess(czxidHigh) | excess(mzxidHigh) | excess(pzxidHigh) | excess(ctimeHigh) | excess(mtimeHigh)) !== 0) {
      throw corrupt(`znode ${this.id} has a zxid or a time beyond 2^53`);
    }
    const isVersioned = (flags & VERSIONS_ARE_ZERO) === 0;
    words[to + VERSION] = isVersioned ? view.getInt32(at) : 0;
    words[to + CVERSION] = isVersioned ? view.getInt32(at + 4) : 0;
    words[to + AVERSION] = isVersioned ? view.getInt32(at + 8) : 0;
    if (isVersioned) at += VERSIONS_BYTES;
    const isOwned = (flags & OWNER_IS_NONE) === 0;
    words[to + OWNER] = isOwned ? view.getInt32(at) : 0;
    words[to + OWNER + 1] = isOwned ? view.getInt32(at + 4) : 0;
  }

  private readOther(kind: number): void {
    const { sink } = this;
    const reader = this.readerOfRest();
    switch (kind) {
      case ZNODE_GONE_RECORD:
        sink.znodeGone(checkedId(reader.readInt()));
        break;
      case SESSION_RECORD:
        sink.session({
          id: reader.readBigLong() as SessionId,
          timeoutMs: reader.readInt(),
          verifier: reader.readBuffer(),
          czxid: reader.readLong() as Zxid,
        });
        break;
      case SESSION_GONE_RECORD:
        sink.sessionGone(reader.readBigLong() as SessionId);
        break;
      default:
        throw corrupt(`it holds a record of the unknown kind ${kind}`);
    }
    this.at += reader.position;
  }

  /** For all that there is less of. */
  private readerOfRest(): JuteReader {
    const { bytes, at } = this;
    const reader = (this.reader ??= new JuteReader(bytes, { fieldSizeMaxBytes: bytes.length }));
    reader.reset(new Uint8Array(bytes.buffer, bytes.byteOffset + at, bytes.length - at));
    return reader;
  }

  /** Moves on to the next znode. */
  private readZnode(): void {
    const { view, at, end } = this;
    if (end - at < ZNODE_FRONT_BYTES) throw truncated();
    const flags = view.getUint8(at);
    this.flags = flags;
    this.id = checkedId(view.getInt32(at + 1));
    this.parent = view.getInt32(at + 5);
    const nameSize = view.getInt32(at + 9);
    const nameStart = at + ZNODE_FRONT_BYTES;
    const middleSize = MIDDLE_SIZES[flags & ALL_FLAGS]!;
    if (nameSize < 0 || nameSize > end - nameStart - middleSize - INT_BYTES) throw truncated();
    const nameEnd = nameStart + nameSize;
    this.nameStart = nameStart;
    this.nameEnd = nameEnd;
    this.checkName();
    this.at = nameEnd + middleSize;
    this.readAcl();
    this.readData();
  }

  private readAcl(): void {
    const index = this.view.getInt32(this.at);
    this.at += INT_BYTES;
    this.aclIndex = index;
    // As an unsigned number a negative one is above all others.
    if (index >>> 0 < this.aclCount) return;
    if (index !== this.aclCount) throw corrupt(`it refers to ACL ${index} of ${this.aclCount}`);
    const reader = this.readerOfRest();
    this.sink.acl(readAclVector(reader) ?? OPEN_ACL);
    this.at += reader.position;
    this.aclCount += 1;
  }

  private readData(): void {
    const { view, at, end } = this;
    if (end - at < INT_BYTES) throw truncated();
    const size = view.getInt32(at);
    const start = at + INT_BYTES;
    if (size < -1 || size > end - start) throw truncated();
    this.dataStart = size < 0 ? -1 : start;
    this.dataEnd = size < 0 ? -1 : start + size;
    this.at = size < 0 ? start : start + size;
  }

  /** The digest is of the text; bytes that say the same in another way would be found by no look-up. */
  private checkName(): void {
    const { view, nameStart, nameEnd } = this;
    let all = 0;
    let at = nameStart;
    for (; at + 4 <= nameEnd; at += 4) all |= view.getInt32(at);
    for (; at < nameEnd; at++) all |= view.getUint8(at);
    if ((all & NOT_ASCII) !== 0 && !isNameEncoding(this.bytes, nameStart, nameEnd)) {
      throw corrupt(`znode ${this.id} has a name that is no UTF-8`);
    }
  }
}

function checkedId(id: number): ZnodeId {
  if (id < 1 || id > ZNODE_ID_MAX) throw corrupt(`it names a znode by the impossible id ${id}`);
  return id;
}

/** 0 if a number with this high word is one that a double holds exactly. */
function excess(high: number): number {
  return (high + HIGH_WORD_MAX) & -(2 * HIGH_WORD_MAX);
}

function truncated(): CoterieError {
  return corrupt("it ends within a record");
}
