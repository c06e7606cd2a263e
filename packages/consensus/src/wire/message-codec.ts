import type { Message } from "../message.ts";
import { BROADCAST_CODECS } from "./broadcast-messages.ts";
import type { Codec, Codecs } from "./codec.ts";
import { DISCOVERY_CODECS } from "./discovery-messages.ts";
import { ELECTION_CODECS } from "./election-messages.ts";
import { frameCorrupt, FrameReader } from "./frame-reader.ts";
import { writeFrame } from "./frame-writer.ts";
import { SYNCHRONISATION_CODECS } from "./synchronisation-messages.ts";

const CODECS: Codecs<Message["kind"]> = {
  ...ELECTION_CODECS,
  ...DISCOVERY_CODECS,
  ...SYNCHRONISATION_CODECS,
  ...BROADCAST_CODECS,
};

const CODEC_OF_BYTE: ReadonlyMap<number, Codec<Message>> = new Map(
  Object.values(CODECS).map((codec) => [codec.byte, codec as Codec<Message>]),
);

/**
 * The message as a frame: 1 byte kind, then its fields in the order that its codec writes them. Equal messages give
 * equal frames. The frame is the caller's; nothing of the message is kept.
 *
 * A value out of its range is an assertion, and so are entries that do not ascend. That their hashes belong to them
 * is not checked here, but by whoever decodes the frame.
 */
export function encodeMessage(message: Message): Uint8Array {
  // The table has for each kind the codec of that kind, which the type of a single entry cannot say.
  const codec = CODECS[message.kind] as Codec<Message>;
  return writeFrame((sink) => {
    sink.byte(codec.byte);
    codec.write(sink, message);
  });
}

/**
 * The message that `encodeMessage` made `frame` of. Ranges, shapes and the chain of entries are checked, and nothing
 * may be left over; how fields of a message belong together is for the receiver to judge.
 *
 * All bytes in the message (of entries, pages, requests, touches, a config) are views of the frame: it must not change
 * as long as one of them is in use, and each keeps all of it in memory.
 *
 * @throws CoterieError FRAME_CORRUPT for anything else. Work and memory are in proportion to the size of the frame.
 */
export function decodeMessage(frame: Uint8Array): Message {
  const reader = new FrameReader(frame);
  const byte = reader.byte();
  const codec = CODEC_OF_BYTE.get(byte);
  if (codec === undefined) throw frameCorrupt(`${byte} is no kind of message`);
  const message = codec.read(reader);
  reader.end();
  return message;
}
