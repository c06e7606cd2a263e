const LINES_MAX = 400_000;

/**
 * What happened, as a hash over everything and, only if asked for, as text, one line an event. Two runs of a seed have
 * one hash, or something beside the seed has had a say.
 */
export class Trace {
  readonly isReadable: boolean;
  readonly lines: string[] = [];
  private low = 0x811c9dc5;
  private high = 0x01000193;

  constructor(isReadable: boolean) {
    this.isReadable = isReadable;
  }

  /** Takes a number into the hash. */
  mix(value: number): void {
    const folded = (value | 0) ^ Math.floor(value / 2 ** 32);
    this.low = Math.imul(this.low ^ folded, 0x9e3779b1);
    this.low ^= this.low >>> 15;
    this.high = (Math.imul(this.high, 31) + this.low) | 0;
  }

  /** Ask `isReadable` first: the text is dear. */
  line(atUs: number, text: string): void {
    if (this.lines.length < LINES_MAX) this.lines.push(`${(atUs / 1000).toFixed(3).padStart(12)} ${text}`);
  }

  get hash(): string {
    return [this.low, this.high].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }
}
