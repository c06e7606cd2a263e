import { isSessionTimeout, type SessionTouch } from "@coterie/core";
import { CoterieError, type SessionId } from "@coterie/interface";

/** 8 bytes session id and 4 bytes timeout, big-endian. */
const TOUCH_SIZE_BYTES = 12;

/** A learner's report of the sessions that it has heard of, as bytes: in the order of `touches`, which may be empty. */
export function encodeTouches(touches: readonly SessionTouch[]): Uint8Array {
  const bytes = new Uint8Array(touches.length * TOUCH_SIZE_BYTES);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { id, timeoutMs } of touches) {
    view.setBigInt64(at, id);
    view.setInt32(at + 8, timeoutMs);
    at += TOUCH_SIZE_BYTES;
  }
  return bytes;
}

/** @throws CoterieError FRAME_CORRUPT for bytes that are no report. */
export function decodeTouches(bytes: Uint8Array): SessionTouch[] {
  if (bytes.length % TOUCH_SIZE_BYTES !== 0) {
    throw new CoterieError("FRAME_CORRUPT", `a report of touched sessions has ${bytes.length} bytes`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const touches: SessionTouch[] = [];
  for (let at = 0; at < bytes.length; at += TOUCH_SIZE_BYTES) {
    const id = view.getBigInt64(at) as SessionId;
    const timeoutMs = view.getInt32(at + 8);
    if (!isSessionTimeout(timeoutMs)) {
      throw new CoterieError("FRAME_CORRUPT", `a touched session's timeout is ${timeoutMs} ms`);
    }
    touches.push({ id, timeoutMs });
  }
  return touches;
}
