import type { LogFault } from "@coterie/interface";
import type { AckEpoch, FollowerInfo, NewEpoch, NotLeading } from "../message.ts";
import type { Codec, Codecs } from "./codec.ts";
import {
  POSITION_SIZE_MIN_BYTES,
  readBoolean,
  readCredential,
  readEpoch,
  readList,
  readPosition,
  readStanding,
  readZxid,
  writeBoolean,
  writeCredential,
  writeEpoch,
  writeList,
  writePosition,
  writeStanding,
} from "./fields.ts";
import type { FrameReader } from "./frame-reader.ts";
import type { FrameSink } from "./frame-writer.ts";

const followerInfo: Codec<FollowerInfo> = {
  byte: 4,
  write(sink, message) {
    writeEpoch(sink, message.acceptedEpoch);
    writeCredential(sink, message.credential);
    writeStanding(sink, message.standing);
    sink.long(message.round);
  },
  read: (reader) => ({
    kind: "follower-info",
    acceptedEpoch: readEpoch(reader),
    credential: readCredential(reader),
    standing: readStanding(reader),
    round: reader.long(),
  }),
};

const notLeading: Codec<NotLeading> = {
  byte: 5,
  write() {
    // Its kind says it all.
  },
  read: () => ({ kind: "not-leading" }),
};

const newEpoch: Codec<NewEpoch> = {
  byte: 6,
  write: (sink, message) => writeEpoch(sink, message.epoch),
  read: (reader) => ({ kind: "new-epoch", epoch: readEpoch(reader) }),
};

const ackEpoch: Codec<AckEpoch> = {
  byte: 7,
  write(sink, message) {
    writeEpoch(sink, message.epoch);
    writeBoolean(sink, message.isPromise);
    writeEpoch(sink, message.currentEpoch);
    writePosition(sink, message.last);
    writePosition(sink, message.base);
    sink.long(message.committed);
    writeList(sink, message.epochEnds, writePosition);
    writeList(sink, message.faults, writeFault);
  },
  read: (reader) => ({
    kind: "ack-epoch",
    epoch: readEpoch(reader),
    isPromise: readBoolean(reader),
    currentEpoch: readEpoch(reader),
    last: readPosition(reader),
    base: readPosition(reader),
    committed: readZxid(reader),
    epochEnds: readList(reader, POSITION_SIZE_MIN_BYTES, readPosition),
    faults: readList(reader, 2 * POSITION_SIZE_MIN_BYTES, readFault),
  }),
};

/** How a leader and its learners agree on an epoch. */
export const DISCOVERY_CODECS: Codecs<"follower-info" | "not-leading" | "new-epoch" | "ack-epoch"> = {
  "follower-info": followerInfo,
  "not-leading": notLeading,
  "new-epoch": newEpoch,
  "ack-epoch": ackEpoch,
};

function writeFault(sink: FrameSink, { after, upTo }: LogFault): void {
  writePosition(sink, after);
  writePosition(sink, upTo);
}

function readFault(reader: FrameReader): LogFault {
  return { after: readPosition(reader), upTo: readPosition(reader) };
}
