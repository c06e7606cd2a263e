import type {
  Ack,
  AckMark,
  Commit,
  Confirm,
  Confirmed,
  ConfirmTarget,
  Ping,
  Pong,
  Propose,
  Requests,
  RequestsRefused,
  TakeOver,
} from "../message.ts";
import type { Codec, Codecs } from "./codec.ts";
import {
  readEpoch,
  readList,
  readOneOf,
  readPayloads,
  readPeer,
  readPosition,
  readZxid,
  writeEpoch,
  writeList,
  writeOneOf,
  writePayloads,
  writePeer,
  writePosition,
} from "./fields.ts";
import type { FrameReader } from "./frame-reader.ts";
import type { FrameSink } from "./frame-writer.ts";
import { readEntries, writeEntries } from "./log-entries.ts";

const TARGETS: readonly ConfirmTarget[] = ["committed", "proposed"];
const MARK_SIZE_MIN_BYTES = 5;

const propose: Codec<Propose> = {
  byte: 17,
  write(sink, message) {
    writeEpoch(sink, message.epoch);
    sink.long(message.committed);
    writePosition(sink, message.after);
    writeEntries(sink, message.after, message.entries);
  },
  read(reader) {
    const [epoch, committed, after] = [readEpoch(reader), readZxid(reader), readPosition(reader)];
    return { kind: "propose", epoch, after, entries: readEntries(reader, after), committed };
  },
};

const ack: Codec<Ack> = {
  byte: 18,
  write(sink, message) {
    writeEpoch(sink, message.epoch);
    sink.long(message.zxid);
  },
  read: (reader) => ({ kind: "ack", epoch: readEpoch(reader), zxid: readZxid(reader) }),
};

const commit: Codec<Commit> = {
  byte: 19,
  write(sink, message) {
    writeEpoch(sink, message.epoch);
    sink.long(message.zxid);
  },
  read: (reader) => ({ kind: "commit", epoch: readEpoch(reader), zxid: readZxid(reader) }),
};

const ping: Codec<Ping> = {
  byte: 20,
  write(sink, message) {
    writeEpoch(sink, message.epoch);
    sink.long(message.round);
    sink.long(message.committed);
    writeList(sink, message.marks, writeMark);
  },
  read: (reader) => ({
    kind: "ping",
    epoch: readEpoch(reader),
    round: reader.long(),
    committed: readZxid(reader),
    marks: readList(reader, MARK_SIZE_MIN_BYTES, readMark),
  }),
};

const pong: Codec<Pong> = {
  byte: 21,
  write(sink, message) {
    writeEpoch(sink, message.epoch);
    sink.long(message.round);
    writePayloads(sink, message.touches);
  },
  read: (reader) => ({
    kind: "pong",
    epoch: readEpoch(reader),
    round: reader.long(),
    touches: readPayloads(reader),
  }),
};

const requests: Codec<Requests> = {
  byte: 22,
  write(sink, message) {
    writeEpoch(sink, message.epoch);
    writePayloads(sink, message.payloads);
  },
  read: (reader) => ({ kind: "requests", epoch: readEpoch(reader), payloads: readPayloads(reader) }),
};

const requestsRefused: Codec<RequestsRefused> = {
  byte: 26,
  write(sink, message) {
    writeEpoch(sink, message.epoch);
    writePayloads(sink, message.payloads);
  },
  read: (reader) => ({ kind: "requests-refused", epoch: readEpoch(reader), payloads: readPayloads(reader) }),
};

const confirm: Codec<Confirm> = {
  byte: 23,
  write(sink, message) {
    writeEpoch(sink, message.epoch);
    sink.long(message.number);
    writeOneOf(sink, TARGETS, message.target);
  },
  read: (reader) => ({
    kind: "confirm",
    epoch: readEpoch(reader),
    number: reader.long(),
    target: readOneOf(reader, TARGETS),
  }),
};

const confirmed: Codec<Confirmed> = {
  byte: 24,
  write(sink, message) {
    writeEpoch(sink, message.epoch);
    sink.long(message.number);
    sink.long(message.zxid);
  },
  read: (reader) => ({
    kind: "confirmed",
    epoch: readEpoch(reader),
    number: reader.long(),
    zxid: readZxid(reader),
  }),
};

const takeOver: Codec<TakeOver> = {
  byte: 25,
  write: (sink, message) => writeEpoch(sink, message.epoch),
  read: (reader) => ({ kind: "take-over", epoch: readEpoch(reader) }),
};

/** What an established leader and its learners say to each other. */
export const BROADCAST_CODECS: Codecs<
  | "propose"
  | "ack"
  | "commit"
  | "ping"
  | "pong"
  | "requests"
  | "requests-refused"
  | "confirm"
  | "confirmed"
  | "take-over"
> = {
  propose,
  ack,
  commit,
  ping,
  pong,
  requests,
  "requests-refused": requestsRefused,
  confirm,
  confirmed,
  "take-over": takeOver,
};

function writeMark(sink: FrameSink, { peer, incarnation, zxid }: AckMark): void {
  writePeer(sink, peer);
  sink.long(incarnation);
  sink.long(zxid);
}

function readMark(reader: FrameReader): AckMark {
  return { peer: readPeer(reader), incarnation: reader.long(), zxid: readZxid(reader) };
}
