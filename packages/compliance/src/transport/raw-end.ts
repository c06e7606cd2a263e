import type { Duplex } from "node:stream";

/** Bytes to and from a transport's other side, with no frames. */
export class RawEnd {
  /** Whether the other side has ended or broken the connection. */
  isEnded = false;
  private readonly stream: Duplex;
  private readonly chunks: Uint8Array[] = [];

  constructor(stream: Duplex) {
    this.stream = stream;
    stream.on("data", (chunk: Uint8Array) => this.chunks.push(chunk));
    for (const event of ["end", "close", "error"]) stream.on(event, () => (this.isEnded = true));
  }

  get received(): Uint8Array {
    return Buffer.concat(this.chunks);
  }

  write(bytes: Uint8Array): void {
    this.stream.write(bytes);
  }

  destroy(): void {
    this.stream.destroy();
  }
}
