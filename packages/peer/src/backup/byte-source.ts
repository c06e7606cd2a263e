/** Bytes that come in pieces of any size, taken in pieces of the reader's. */
export class ByteSource {
  private readonly pieces: AsyncIterator<Uint8Array>;
  private held: Uint8Array[] = [];
  private heldSizeBytes = 0;
  private isAtEnd = false;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.pieces = source[Symbol.asyncIterator]();
  }

  /** The next bytes, fewer only where there are no more. They belong to the caller, or are a view of what came in. */
  async take(sizeBytes: number): Promise<Buffer> {
    while (this.heldSizeBytes < sizeBytes && !this.isAtEnd) {
      const { done, value } = await this.pieces.next();
      if (done === true) {
        this.isAtEnd = true;
      } else {
        this.held.push(value);
        this.heldSizeBytes += value.length;
      }
    }
    const first = this.held[0];
    // Most often one piece holds what is asked for, and more.
    if (first !== undefined && first.length > sizeBytes) return this.cut(first, sizeBytes);
    const all = Buffer.concat(this.held);
    this.held = all.length > sizeBytes ? [all.subarray(sizeBytes)] : [];
    this.heldSizeBytes = Math.max(0, all.length - sizeBytes);
    return all.subarray(0, sizeBytes);
  }

  /** Tells where the bytes come from that no more are wanted. */
  async close(): Promise<void> {
    if (!this.isAtEnd) await this.pieces.return?.();
  }

  private cut(first: Uint8Array, sizeBytes: number): Buffer {
    this.held[0] = first.subarray(sizeBytes);
    this.heldSizeBytes -= sizeBytes;
    return Buffer.from(first.buffer, first.byteOffset, sizeBytes);
  }
}
