import type { JuteReader } from "../jute/reader.ts";
import type { JuteWriter } from "../jute/writer.ts";

/** What a peer answers to `XID_PROBE`, behind the reply header: how it wants to be probed. Both in milliseconds, 0..2^31-1. */
export interface ProbeAnswer {
  /** The time until the next probe: the more clients a peer has, the longer. */
  readonly nextMs: number;
  /** A peer of this one's settings that has not answered for as long is gone, or will be taken to be gone by its ensemble. */
  readonly withinMs: number;
}

/** What follows the header. @throws ProtocolError */
export function readProbeAnswer(reader: JuteReader): ProbeAnswer {
  return { nextMs: reader.readInt(), withinMs: reader.readInt() };
}

export function writeProbeAnswer(writer: JuteWriter, { nextMs, withinMs }: ProbeAnswer): void {
  writer.writeInt(nextMs);
  writer.writeInt(withinMs);
}
