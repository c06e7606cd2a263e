/** Frames that say which they are: 4 bytes number, 4 bytes length of the whole, and bytes that follow from the number. */
const HEAD_BYTES = 8;
/** After so many bytes the filler begins anew. */
const FILLER_BYTES = 256;

export function createRecord(id: number, sizeBytes: number): Uint8Array {
  const size = Math.max(sizeBytes, HEAD_BYTES);
  const bytes = new Uint8Array(size);
  const start = Math.min(size, HEAD_BYTES + FILLER_BYTES);
  for (let index = HEAD_BYTES; index < start; index++) bytes[index] = id * 31 + index * 7;
  for (let end = start; end < size; end += end - HEAD_BYTES) bytes.copyWithin(end, HEAD_BYTES, end);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, id);
  view.setUint32(4, size);
  return bytes;
}

/** The number of a frame that is one record, whole; null for every other frame. */
export function recordIdOf(frame: Uint8Array): number | null {
  if (frame.length < HEAD_BYTES) return null;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  if (view.getUint32(4) !== frame.length) return null;
  const id = view.getUint32(0);
  return Buffer.compare(createRecord(id, frame.length), frame) === 0 ? id : null;
}

/** The numbers of the records that frames hold, wherever one frame ends and the next begins. */
export function recordIdsIn(frames: readonly Uint8Array[]): number[] {
  const bytes = Buffer.concat(frames);
  const ids: number[] = [];
  for (let at = 0; at + HEAD_BYTES <= bytes.length;) {
    const size = bytes.readUInt32BE(at + 4);
    if (size < HEAD_BYTES) break;
    ids.push(bytes.readUInt32BE(at));
    at += size;
  }
  return ids;
}
