import type { Message } from "../message.ts";
import type { FrameReader } from "./frame-reader.ts";
import type { FrameSink } from "./frame-writer.ts";

/** How one kind of message goes into a frame and out of it. */
export interface Codec<Body extends Message> {
  /** The frame's first byte. Never given to another kind. */
  readonly byte: number;
  /** Everything behind the first byte. */
  write(sink: FrameSink, message: Body): void;
  read(reader: FrameReader): Body;
}

export type MessageOf<Kind extends Message["kind"]> = Extract<Message, { readonly kind: Kind }>;

export type Codecs<Kind extends Message["kind"]> = { readonly [K in Kind]: Codec<MessageOf<K>> };
