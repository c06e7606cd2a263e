/**
 * UTF-8 in plain JavaScript, since this package knows no TextDecoder. Decoding follows the WHATWG algorithm: each
 * maximal ill-formed part becomes one U+FFFD, a byte order mark is kept. Halves of a surrogate pair encoded on their
 * own (CESU-8, which ZooKeeper's Java writer emits for astral characters) are ill-formed, as they are to ZooKeeper's
 * own reader. Encoding emits standard UTF-8; a surrogate without its partner becomes U+FFFD.
 */

/** Code units turned into a string by one call; bounds the arguments on the stack. */
const CHUNK_SIZE_MAX_UNITS = 4096;
const REPLACEMENT = 0xfffd;

/** Strings up to this length are turned by way of an array that is kept: most paths, without garbage. */
const KEPT_LENGTH_MAX = 128;

/** Decodes strings one after another. */
export class Utf8Decoder {
  /** One array for each length met, since `apply` passes all of an array. */
  private readonly kept: (number[] | undefined)[] = [];

  /** The string of `bytes[start..end)`, never longer in UTF-16 units than the bytes. */
  decode(bytes: Uint8Array, start: number, end: number): string {
    const length = end - start;
    if (length === 0) return "";
    if (length > CHUNK_SIZE_MAX_UNITS) return decodeChunks(bytes, start, end);
    // Paths are short and ASCII. One call over an array beats pasting characters together, whose ropes must be
    // flattened before a Map can look them up.
    const units = this.unitsFor(length);
    for (let index = start; index < end; index++) {
      const byte = bytes[index]!;
      if (byte >= 0x80) return decodeChunks(bytes, start, end);
      units[index - start] = byte;
    }
    return String.fromCharCode.apply(null, units);
  }

  private unitsFor(length: number): number[] {
    if (length > KEPT_LENGTH_MAX) return new Array<number>(length);
    return (this.kept[length] ??= new Array<number>(length).fill(0));
  }
}

function decodeChunks(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  let units: number[] = [];
  let position = start;
  while (position < end) {
    const byte = bytes[position]!;
    if (byte < 0x80) {
      units.push(byte);
      position++;
    } else {
      const size = sequenceSize(bytes, position, end);
      pushCodePoint(units, size < 0 ? REPLACEMENT : codePointAt(bytes, position, size));
      position += Math.abs(size);
    }
    if (units.length >= CHUNK_SIZE_MAX_UNITS) {
      text += String.fromCharCode.apply(null, units);
      units = [];
    }
  }
  return text + String.fromCharCode.apply(null, units);
}

/**
 * The size of the well-formed sequence that starts at `position` with a byte >= 0x80; when there is none, minus the
 * size of the ill-formed part that one U+FFFD stands for. The second byte's range is what excludes overlong forms,
 * surrogates and code points above U+10FFFF.
 */
function sequenceSize(bytes: Uint8Array, position: number, end: number): number {
  const lead = bytes[position]!;
  if (lead < 0xc2 || lead > 0xf4) return -1;
  const size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  let lower = 0x80;
  let upper = 0xbf;
  if (lead === 0xe0) lower = 0xa0;
  else if (lead === 0xed) upper = 0x9f;
  else if (lead === 0xf0) lower = 0x90;
  else if (lead === 0xf4) upper = 0x8f;
  for (let offset = 1; offset < size; offset++) {
    if (position + offset >= end) return -offset;
    const byte = bytes[position + offset]!;
    if (byte < lower || byte > upper) return -offset;
    lower = 0x80;
    upper = 0xbf;
  }
  return size;
}

function codePointAt(bytes: Uint8Array, position: number, size: number): number {
  const lead = bytes[position]!;
  let codePoint = size === 2 ? lead & 0x1f : size === 3 ? lead & 0x0f : lead & 0x07;
  for (let offset = 1; offset < size; offset++) codePoint = (codePoint << 6) | (bytes[position + offset]! & 0x3f);
  return codePoint;
}

function pushCodePoint(units: number[], codePoint: number): void {
  if (codePoint <= 0xffff) {
    units.push(codePoint);
  } else {
    units.push(0xd800 + ((codePoint - 0x10000) >> 10), 0xdc00 + ((codePoint - 0x10000) & 0x3ff));
  }
}

/** The most bytes that `text` can take: three a UTF-16 unit. */
export function utf8SizeMaxBytes(text: string): number {
  return text.length * 3;
}

/** Writes `text` at `bytes[position]` and returns the position behind it. There must be `utf8SizeMaxBytes` of room. */
export function encodeUtf8(text: string, bytes: Uint8Array, position: number): number {
  let target = position;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) {
      bytes[target++] = unit;
    } else if (unit < 0x800) {
      bytes[target++] = 0xc0 | (unit >> 6);
      bytes[target++] = 0x80 | (unit & 0x3f);
    } else {
      const codePoint = wellFormedCodePointAt(text, index, unit);
      if (codePoint > 0xffff) {
        index++;
        bytes[target++] = 0xf0 | (codePoint >> 18);
        bytes[target++] = 0x80 | ((codePoint >> 12) & 0x3f);
      } else {
        bytes[target++] = 0xe0 | (codePoint >> 12);
      }
      bytes[target++] = 0x80 | ((codePoint >> 6) & 0x3f);
      bytes[target++] = 0x80 | (codePoint & 0x3f);
    }
  }
  return target;
}

function wellFormedCodePointAt(text: string, index: number, unit: number): number {
  if (unit < 0xd800 || unit > 0xdfff) return unit;
  if (unit > 0xdbff || index + 1 === text.length) return REPLACEMENT;
  const low = text.charCodeAt(index + 1);
  if (low < 0xdc00 || low > 0xdfff) return REPLACEMENT;
  return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}
