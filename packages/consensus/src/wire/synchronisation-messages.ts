import { assert, type CheckpointMark, LOG_LIMITS } from "@coterie/interface";
import { FRAME_PAGES_MAX } from "../limits.ts";
import type {
  AckNewLeader,
  CheckpointPages,
  ForeignMark,
  NewLeader,
  PagesTaken,
  Readmit,
  Readmitted,
  Repair,
  Sync,
  UpToDate,
} from "../message.ts";
import type { Codec, Codecs } from "./codec.ts";
import {
  checkConfig,
  readAscii,
  readClusterId,
  readEpoch,
  readOneOf,
  readPayload,
  readPayloads,
  readPosition,
  readZxid,
  writeAscii,
  writeClusterId,
  writeEpoch,
  writeOneOf,
  writePayload,
  writePayloads,
  writePosition,
} from "./fields.ts";
import { frameCorrupt, type FrameReader } from "./frame-reader.ts";
import type { FrameSink } from "./frame-writer.ts";
import { readEntries, writeEntries } from "./log-entries.ts";

const MODES: readonly Sync["mode"][] = ["diff", "checkpoint"];
/** The first two are of a peer's own checkpoint, and stay with it. */
const MARK_KINDS: readonly CheckpointMark["kind"][] = ["full", "delta", "incoming", "covering"];
const DIGEST_LENGTH_MAX = 64;

const sync: Codec<Sync> = {
  byte: 8,
  write(sink, message) {
    writeEpoch(sink, message.epoch);
    writeClusterId(sink, message.clusterId);
    writePayload(sink, message.config);
    writeOneOf(sink, MODES, message.mode);
    writePosition(sink, message.after);
    assert((message.mode === "checkpoint") === (message.mark !== null), "a mark goes with a checkpoint, and only then");
    if (message.mark !== null) writeMark(sink, message.mark);
  },
  read(reader) {
    const epoch = readEpoch(reader);
    const clusterId = readClusterId(reader);
    const config = readPayload(reader);
    checkConfig(config);
    const mode = readOneOf(reader, MODES);
    const after = readPosition(reader);
    const mark = mode === "checkpoint" ? readMark(reader) : null;
    return { kind: "sync", epoch, clusterId, config, mode, after, mark };
  },
};

const checkpointPages: Codec<CheckpointPages> = {
  byte: 9,
  write(sink, message) {
    writeEpoch(sink, message.epoch);
    sink.long(message.first);
    assert(message.pages.length <= FRAME_PAGES_MAX, "a frame has no more pages than its limit");
    assert(sizeOf(message.pages) <= LOG_LIMITS.pageSizeMaxBytes, "a store takes the pages of a frame at once");
    writePayloads(sink, message.pages);
  },
  read(reader) {
    const [epoch, first, pages] = [readEpoch(reader), reader.long(), readPayloads(reader)];
    if (pages.length > FRAME_PAGES_MAX) throw frameCorrupt(`it has ${pages.length} pages`);
    if (sizeOf(pages) > LOG_LIMITS.pageSizeMaxBytes)
      throw frameCorrupt("its pages are more than a store takes at once");
    return { kind: "checkpoint-pages", epoch, first, pages };
  },
};

const pagesTaken: Codec<PagesTaken> = {
  byte: 10,
  write(sink, message) {
    writeEpoch(sink, message.epoch);
    sink.long(message.count);
  },
  read: (reader) => ({ kind: "pages-taken", epoch: readEpoch(reader), count: reader.long() }),
};

const repair: Codec<Repair> = {
  byte: 11,
  write(sink, message) {
    writeEpoch(sink, message.epoch);
    writePosition(sink, message.after);
    writeEntries(sink, message.after, message.entries);
  },
  read(reader) {
    const [epoch, after] = [readEpoch(reader), readPosition(reader)];
    return { kind: "repair", epoch, after, entries: readEntries(reader, after) };
  },
};

const newLeader: Codec<NewLeader> = {
  byte: 12,
  write(sink, message) {
    writeEpoch(sink, message.epoch);
    sink.long(message.last);
  },
  read: (reader) => ({ kind: "new-leader", epoch: readEpoch(reader), last: readZxid(reader) }),
};

const ackNewLeader: Codec<AckNewLeader> = {
  byte: 13,
  write(sink, message) {
    writeEpoch(sink, message.epoch);
    sink.long(message.last);
  },
  read: (reader) => ({ kind: "ack-new-leader", epoch: readEpoch(reader), last: readZxid(reader) }),
};

const upToDate: Codec<UpToDate> = {
  byte: 14,
  write(sink, message) {
    writeEpoch(sink, message.epoch);
    sink.long(message.committed);
  },
  read: (reader) => ({ kind: "up-to-date", epoch: readEpoch(reader), committed: readZxid(reader) }),
};

const readmit: Codec<Readmit> = {
  byte: 15,
  write: (sink, message) => writeEpoch(sink, message.epoch),
  read: (reader) => ({ kind: "readmit", epoch: readEpoch(reader) }),
};

const readmitted: Codec<Readmitted> = {
  byte: 16,
  write: (sink, message) => writeEpoch(sink, message.epoch),
  read: (reader) => ({ kind: "readmitted", epoch: readEpoch(reader) }),
};

/** How a learner's log becomes the leader's. */
export const SYNCHRONISATION_CODECS: Codecs<
  | "sync"
  | "checkpoint-pages"
  | "pages-taken"
  | "repair"
  | "new-leader"
  | "ack-new-leader"
  | "up-to-date"
  | "readmit"
  | "readmitted"
> = {
  sync,
  "checkpoint-pages": checkpointPages,
  "pages-taken": pagesTaken,
  repair,
  "new-leader": newLeader,
  "ack-new-leader": ackNewLeader,
  "up-to-date": upToDate,
  readmit,
  readmitted,
};

function writeMark(sink: FrameSink, mark: ForeignMark): void {
  writeOneOf(sink, MARK_KINDS, mark.kind);
  writePosition(sink, mark);
  assert(mark.digest.length >= 1 && mark.digest.length <= DIGEST_LENGTH_MAX, "a digest is 1..64 ASCII characters");
  writeAscii(sink, mark.digest);
  sink.long(mark.pageCount);
}

function readMark(reader: FrameReader): ForeignMark {
  const kind = readOneOf(reader, MARK_KINDS);
  if (kind !== "incoming" && kind !== "covering") throw frameCorrupt(`a ${kind} checkpoint is of the peer itself`);
  const { zxid, chainHash } = readPosition(reader);
  const digest = readAscii(reader, DIGEST_LENGTH_MAX);
  if (digest === "") throw frameCorrupt("a checkpoint has no digest");
  return { kind, zxid, chainHash, digest, pageCount: reader.long() };
}

function sizeOf(pages: readonly Uint8Array[]): number {
  return pages.reduce((sum, page) => sum + page.length, 0);
}
