import { CoterieError } from "@coterie/interface";
import { JUTE_BUFFER_MAX_BYTES, JuteWriter, type RequestBody, writeRequest } from "@coterie/protocol";

/** Requests share buffers of about this size, instead of having one each. */
const CHUNK_SIZE_BYTES = 16_384;
/** What is left at the end of such a buffer is not worth a copy of what stands before it. */
const CHUNK_REST_MIN_BYTES = 1_024;

/** Turns requests into frames that are never written to again. */
export class RequestEncoder {
  private readonly writer = new JuteWriter({ capacityBytes: CHUNK_SIZE_BYTES });

  /** The frame, or why it cannot be sent: BAD_ARGUMENTS. */
  encode(xid: number, body: RequestBody): Uint8Array | CoterieError {
    const { writer } = this;
    const start = writer.size;
    try {
      writeRequest(writer, { xid, body });
    } catch (error) {
      // Values that jute has no room for, as a version above 32 bits.
      writer.take();
      return new CoterieError("BAD_ARGUMENTS", `This ${body.kind} cannot be written: ${String(error)}`, {
        cause: error,
      });
    }
    const frame = writer.viewFrom(start);
    if (writer.size > CHUNK_SIZE_BYTES - CHUNK_REST_MIN_BYTES) writer.take();
    if (frame.length <= JUTE_BUFFER_MAX_BYTES) return frame;
    return new CoterieError(
      "BAD_ARGUMENTS",
      `This ${body.kind} takes ${frame.length} bytes. Servers close the connection over a request of more than ` +
        `${JUTE_BUFFER_MAX_BYTES}, so it was not sent: divide the data.`,
    );
  }
}
