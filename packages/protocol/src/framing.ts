import type { JuteWriter } from "./jute/writer.ts";
import { ProtocolError } from "./protocol-error.ts";

/** The length before every frame. */
export const FRAME_PREFIX_SIZE_BYTES: number = 4;

/** Leaves room for a frame's length. Frames may follow one another in one writer, to leave in one socket write. */
export function beginFrame(writer: JuteWriter): number {
  const frameStart = writer.size;
  writer.writeInt(0);
  return frameStart;
}

/** Fills in the length of the frame that `beginFrame` started. */
export function endFrame(writer: JuteWriter, frameStart: number): void {
  writer.setInt(frameStart, writer.size - frameStart - FRAME_PREFIX_SIZE_BYTES);
}

/**
 * The xid of a request or reply, without reading the rest of the frame.
 *
 * @throws ProtocolError (`truncated`) if the frame is shorter than that.
 */
export function peekXid(frame: Uint8Array): number {
  if (frame.length < 4) throw new ProtocolError("truncated", `a frame of ${frame.length} bytes has no header`);
  return (frame[0]! << 24) | (frame[1]! << 16) | (frame[2]! << 8) | frame[3]!;
}
