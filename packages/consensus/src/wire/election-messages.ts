import { CHAIN_HASH_NONE, type LogPosition, ZXID_NONE } from "@coterie/interface";
import type { AmnesiaNotice, Found, FoundingAnswer, FoundingQuestion, Notification, PeerState } from "../message.ts";
import type { Codec, Codecs } from "./codec.ts";
import {
  readBoolean,
  readClusterId,
  readClusterIdOrNull,
  readCredential,
  readEpoch,
  readOneOf,
  readPeerOrNull,
  readRound,
  readStanding,
  readZxid,
  writeBoolean,
  writeClusterId,
  writeClusterIdOrNull,
  writeCredential,
  writeEpoch,
  writeOneOf,
  writePeerOrNull,
  writeStanding,
} from "./fields.ts";
import { frameCorrupt, type FrameReader } from "./frame-reader.ts";
import type { FrameSink } from "./frame-writer.ts";
import { readEntries, writeEntries } from "./log-entries.ts";

const STATES: readonly PeerState[] = ["looking", "following", "leading", "observing"];
const LOG_START: LogPosition = { zxid: ZXID_NONE, chainHash: CHAIN_HASH_NONE };

const notification: Codec<Notification> = {
  byte: 1,
  write(sink, message) {
    writeOneOf(sink, STATES, message.state);
    writeStanding(sink, message.standing);
    writeClusterIdOrNull(sink, message.clusterId);
    sink.long(message.round);
    writePeerOrNull(sink, message.vote);
    writeCredential(sink, message.credential);
    writeEpoch(sink, message.acceptedEpoch);
    writeFault(sink, message.fault);
    writeEpoch(sink, message.epoch);
    writeBoolean(sink, message.isEstablished);
    writeEpoch(sink, message.takesOver);
  },
  read: (reader) => ({
    kind: "notification",
    state: readOneOf(reader, STATES),
    standing: readStanding(reader),
    clusterId: readClusterIdOrNull(reader),
    round: readRound(reader),
    vote: readPeerOrNull(reader),
    credential: readCredential(reader),
    acceptedEpoch: readEpoch(reader),
    fault: readFault(reader),
    epoch: readEpoch(reader),
    isEstablished: readBoolean(reader),
    takesOver: readEpoch(reader),
  }),
};

const found: Codec<Found> = {
  byte: 2,
  write(sink, message) {
    writeClusterId(sink, message.clusterId);
    writeEntries(sink, LOG_START, [message.entry]);
  },
  read(reader) {
    const clusterId = readClusterId(reader);
    const [entry, other] = readEntries(reader, LOG_START);
    if (entry === undefined || other !== undefined) throw frameCorrupt("a cluster is founded with one entry");
    return { kind: "found", clusterId, entry };
  },
};

const foundingQuestion: Codec<FoundingQuestion> = {
  byte: 27,
  write(sink, message) {
    sink.long(message.number);
    writeClusterId(sink, message.clusterId);
  },
  read: (reader) => ({ kind: "founding-question", number: reader.long(), clusterId: readClusterId(reader) }),
};

const foundingAnswer: Codec<FoundingAnswer> = {
  byte: 28,
  write(sink, message) {
    sink.long(message.number);
    writeBoolean(sink, message.isUntouched);
  },
  read: (reader) => ({ kind: "founding-answer", number: reader.long(), isUntouched: readBoolean(reader) }),
};

const amnesiaNotice: Codec<AmnesiaNotice> = {
  byte: 3,
  write(sink, message) {
    sink.long(message.incarnation);
    sink.long(message.acknowledged);
  },
  read: (reader) => ({
    kind: "amnesia-notice",
    incarnation: reader.long(),
    acknowledged: readZxid(reader),
  }),
};

/** What peers say before there is a leader. */
export const ELECTION_CODECS: Codecs<
  "notification" | "founding-question" | "founding-answer" | "found" | "amnesia-notice"
> = {
  notification,
  "founding-question": foundingQuestion,
  "founding-answer": foundingAnswer,
  found,
  "amnesia-notice": amnesiaNotice,
};

function writeFault(sink: FrameSink, fault: Notification["fault"]): void {
  writeBoolean(sink, fault !== null);
  if (fault === null) return;
  sink.long(fault.after);
  sink.long(fault.upTo);
}

function readFault(reader: FrameReader): Notification["fault"] {
  return readBoolean(reader) ? { after: readZxid(reader), upTo: readZxid(reader) } : null;
}
