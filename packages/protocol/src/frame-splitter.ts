import { assert } from "@coterie/interface";
import { FRAME_PREFIX_SIZE_BYTES } from "./framing.ts";
import { JUTE_BUFFER_MAX_BYTES } from "./limits.ts";
import { ProtocolError } from "./protocol-error.ts";

export interface FrameSplitterOptions {
  /** The longest frame to accept, its 4-byte length not counted. Default: `JUTE_BUFFER_MAX_BYTES`, as ZooKeeper's. */
  readonly frameSizeMaxBytes?: number;
}

/**
 * Cuts a byte stream into frames (a 4-byte length, then that many bytes), however the stream was cut into chunks.
 *
 * The reader pulls: `push` only takes a chunk in, `next` gives one frame at a time, so a server may stop between two
 * frames and go on later. A frame that lies in one chunk is a view of that chunk; one that straddles chunks is put
 * together in a buffer of its own. Either way the splitter never writes to it again and it holds good for as long as
 * the caller leaves the chunk alone; a view keeps its whole chunk in memory.
 *
 * Memory: the chunks not consumed yet (`pendingBytes`) and one frame under assembly, whose buffer grows as bytes
 * arrive and never beyond the length that the frame declared and the limit allowed.
 */
export interface FrameSplitter {
  /** Takes the next bytes of the stream, which the caller must not change until they are consumed. */
  push(chunk: Uint8Array): void;
  /**
   * The next whole frame without its length, possibly empty; null if more bytes are needed.
   *
   * @throws ProtocolError (`length-negative`, `length-above-limit`) at a bad length, after all frames before it have
   * been given. The stream cannot be followed any further: every later call throws the same, and `push` ignores bytes.
   */
  next(): Uint8Array | null;
  /** Bytes taken in that no frame given so far accounts for. */
  readonly pendingBytes: number;
}

/** The first buffer of a frame that straddles chunks, unless the frame is shorter. */
const ASSEMBLY_CAPACITY_MIN_BYTES = 4096;

export function createFrameSplitter(options: FrameSplitterOptions = {}): FrameSplitter {
  const frameSizeMaxBytes = options.frameSizeMaxBytes ?? JUTE_BUFFER_MAX_BYTES;
  assert(Number.isInteger(frameSizeMaxBytes) && frameSizeMaxBytes >= 0, "frameSizeMaxBytes must be an integer >= 0");
  return new Splitter(frameSizeMaxBytes);
}

class Splitter implements FrameSplitter {
  private readonly frameSizeMaxBytes: number;
  private readonly nothing: Uint8Array = new Uint8Array(0);
  /** Chunks behind the current one, in order, from `queueHead` on; those before it are used up. */
  private queue: Uint8Array[] = [];
  private queueHead = 0;
  private queuedBytes = 0;
  private chunk: Uint8Array = this.nothing;
  private position = 0;
  /** The length prefix of a frame, as far as it arrived: its bytes, shifted in, and their count. */
  private prefix = 0;
  private prefixBytes = 0;
  /** A frame that straddles chunks: the first `assembledBytes` of it are in `assembly`. */
  private assembly: Uint8Array | null = null;
  private assembledBytes = 0;
  private failure: ProtocolError | null = null;

  constructor(frameSizeMaxBytes: number) {
    this.frameSizeMaxBytes = frameSizeMaxBytes;
  }

  get pendingBytes(): number {
    return this.chunk.length - this.position + this.queuedBytes + this.prefixBytes + this.assembledBytes;
  }

  push(chunk: Uint8Array): void {
    if (this.failure !== null || chunk.length === 0) return;
    if (this.position === this.chunk.length && this.queuedBytes === 0) {
      this.chunk = chunk;
      this.position = 0;
    } else {
      this.queue.push(chunk);
      this.queuedBytes += chunk.length;
    }
  }

  next(): Uint8Array | null {
    if (this.failure !== null) throw this.failure;
    while (this.prefixBytes < FRAME_PREFIX_SIZE_BYTES) {
      if (!this.hasBytes()) return null;
      this.prefix = (this.prefix << 8) | this.chunk[this.position++]!;
      this.prefixBytes++;
      if (this.prefixBytes === FRAME_PREFIX_SIZE_BYTES) this.checkLength(this.prefix);
    }
    const length = this.prefix;
    if (this.assembly !== null) return this.assemble(this.assembly, length);
    if (length === 0) return this.finish(new Uint8Array(0));
    if (!this.hasBytes()) return null;
    if (length <= this.chunk.length - this.position) {
      // Not subarray: on a Node.js Buffer that would give a Buffer, whose methods differ.
      const frame = new Uint8Array(this.chunk.buffer, this.chunk.byteOffset + this.position, length);
      this.position += length;
      return this.finish(frame);
    }
    return this.assemble(new Uint8Array(Math.min(length, ASSEMBLY_CAPACITY_MIN_BYTES)), length);
  }

  /** Whether a byte is at hand; lets go of the current chunk where it is used up, and moves on to the next. */
  private hasBytes(): boolean {
    if (this.position < this.chunk.length) return true;
    this.position = 0;
    if (this.queuedBytes === 0) {
      this.chunk = this.nothing;
      return false;
    }
    this.chunk = this.queue[this.queueHead]!;
    this.queuedBytes -= this.chunk.length;
    this.queue[this.queueHead] = this.nothing;
    this.queueHead++;
    // Moving the rest only when half is used up costs a constant for each chunk.
    if (this.queueHead * 2 >= this.queue.length) {
      this.queue = this.queue.slice(this.queueHead);
      this.queueHead = 0;
    }
    return true;
  }

  private checkLength(length: number): void {
    if (length >= 0 && length <= this.frameSizeMaxBytes) return;
    this.failure =
      length < 0
        ? new ProtocolError("length-negative", `a frame is ${length} bytes long`)
        : new ProtocolError(
            "length-above-limit",
            `a frame is ${length} bytes long, the limit is ${this.frameSizeMaxBytes}`,
          );
    this.release();
    throw this.failure;
  }

  /** Copies what is at hand into `assembly`; the frame if that completes it, else null. */
  private assemble(assembly: Uint8Array, length: number): Uint8Array | null {
    let target = assembly;
    while (this.assembledBytes < length && this.hasBytes()) {
      const size = Math.min(length - this.assembledBytes, this.chunk.length - this.position);
      target = withRoom(target, this.assembledBytes, size, length);
      target.set(this.chunk.subarray(this.position, this.position + size), this.assembledBytes);
      this.position += size;
      this.assembledBytes += size;
    }
    this.assembly = target;
    if (this.assembledBytes < length) return null;
    assert(target.length === length, "a whole frame fills its buffer");
    return this.finish(target);
  }

  private finish(frame: Uint8Array): Uint8Array {
    this.prefix = 0;
    this.prefixBytes = 0;
    this.assembly = null;
    this.assembledBytes = 0;
    return frame;
  }

  /** Lets go of everything held for a stream that has failed. */
  private release(): void {
    this.queue = [];
    this.queueHead = 0;
    this.queuedBytes = 0;
    this.chunk = this.nothing;
    this.position = 0;
    this.finish(this.nothing);
  }
}

/** `buffer` itself if `size` more bytes fit, else a copy at least twice as long, but never beyond `lengthMax`. */
function withRoom(buffer: Uint8Array, used: number, size: number, lengthMax: number): Uint8Array {
  if (used + size <= buffer.length) return buffer;
  const grown = new Uint8Array(Math.min(lengthMax, Math.max(buffer.length * 2, used + size)));
  grown.set(buffer.subarray(0, used));
  return grown;
}
