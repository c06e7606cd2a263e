/**
 * Paths as bytes. The tree keeps and compares names as UTF-8, which is what the wire carries; a path that
 * arrives as a string is written here first, into a buffer that the next call overwrites.
 *
 * A surrogate is written as three bytes, as if it were a character: no legal name holds one, so such a path
 * finds nothing, as it should.
 */
const UNIT_BYTES_MAX = 3;
const SIZE_MIN_BYTES = 256;
/** A buffer that one long path made larger than this is not kept. */
const SIZE_KEPT_MAX_BYTES = 256 * 1024;

export class PathBytes {
  /** The bytes of what was written last, up to what `append` or `write` returned. */
  bytes: Uint8Array = new Uint8Array(SIZE_MIN_BYTES);
  /** How many bytes the path takes that was written last by `write`. */
  length = 0;
  private path: string | null = null;

  /** Writes `path` at the front; returns how many bytes it takes. */
  write(path: string): number {
    this.path = path;
    return (this.length = this.append(path, 0));
  }

  /** Whether `path` is what stands at the front. */
  holds(path: string): boolean {
    return this.path === path;
  }

  /** Writes `path` behind the first `start` bytes; returns where it ends. */
  append(path: string, start: number): number {
    const length = path.length;
    const sizeMax = start + length * UNIT_BYTES_MAX;
    if (sizeMax > this.bytes.length || this.bytes.length > SIZE_KEPT_MAX_BYTES) this.resize(start, sizeMax);
    const { bytes } = this;
    for (let i = 0; i < length; i++) {
      const unit = path.charCodeAt(i);
      if (unit > 0x7f) return this.writeWide(path, i, start + i);
      bytes[start + i] = unit;
    }
    return start + length;
  }

  private resize(start: number, sizeMin: number): void {
    const resized = new Uint8Array(Math.max(SIZE_MIN_BYTES, sizeMin * 2));
    resized.set(this.bytes.subarray(0, start));
    this.bytes = resized;
  }

  private writeWide(path: string, from: number, start: number): number {
    const { bytes } = this;
    let at = start;
    for (let i = from; i < path.length; i++) {
      const unit = path.charCodeAt(i);
      if (unit <= 0x7f) {
        bytes[at++] = unit;
      } else if (unit <= 0x7ff) {
        bytes[at++] = 0xc0 | (unit >> 6);
        bytes[at++] = 0x80 | (unit & 0x3f);
      } else {
        bytes[at++] = 0xe0 | (unit >> 12);
        bytes[at++] = 0x80 | ((unit >> 6) & 0x3f);
        bytes[at++] = 0x80 | (unit & 0x3f);
      }
    }
    return at;
  }
}

/** Whether `bytes[start, end)` are what `PathBytes` would write for the text that `readName` makes of them. */
export function isNameEncoding(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end;) {
    const lead = bytes[i++]!;
    if (lead <= 0x7f) continue;
    if (lead < 0xc2 || lead > 0xef) return false;
    // A longer form of what two bytes can say.
    if (lead === 0xe0 && bytes[i]! < 0xa0) return false;
    if (!isContinuation(bytes[i++])) return false;
    if (lead >= 0xe0 && !isContinuation(bytes[i++])) return false;
    if (i > end) return false;
  }
  return true;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

const CHUNK_BYTES = 4096;

/** The text of a name that `PathBytes` wrote. */
export function readName(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at += CHUNK_BYTES) {
    const stop = Math.min(end, at + CHUNK_BYTES);
    for (let i = at; i < stop; i++) {
      if (bytes[i]! > 0x7f) return text + readWide(bytes, at, end);
    }
    text += String.fromCharCode.apply(null, bytes.subarray(at, stop) as unknown as number[]);
  }
  return text;
}

function readWide(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let i = start; i < end;) {
    const lead = bytes[i++]!;
    if (lead <= 0x7f) text += String.fromCharCode(lead);
    else if (lead < 0xe0) text += String.fromCharCode(((lead & 0x1f) << 6) | (bytes[i++]! & 0x3f));
    else text += String.fromCharCode(((lead & 0x0f) << 12) | ((bytes[i++]! & 0x3f) << 6) | (bytes[i++]! & 0x3f));
  }
  return text;
}
