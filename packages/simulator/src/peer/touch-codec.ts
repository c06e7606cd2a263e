import type { SessionTouch } from "@coterie/core";
import type { SessionId } from "@coterie/interface";

const TOUCH_SIZE_BYTES = 12;

export function encodeTouches(touches: readonly SessionTouch[]): Uint8Array {
  const bytes = new Uint8Array(touches.length * TOUCH_SIZE_BYTES);
  const view = new DataView(bytes.buffer);
  touches.forEach(({ id, timeoutMs }, index) => {
    view.setBigInt64(index * TOUCH_SIZE_BYTES, id);
    view.setInt32(index * TOUCH_SIZE_BYTES + 8, timeoutMs);
  });
  return bytes;
}

export function decodeTouches(bytes: Uint8Array): SessionTouch[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const touches: SessionTouch[] = [];
  for (let at = 0; at < bytes.length; at += TOUCH_SIZE_BYTES) {
    touches.push({ id: view.getBigInt64(at) as SessionId, timeoutMs: view.getInt32(at + 8) });
  }
  return touches;
}
