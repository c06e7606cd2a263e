const LINES_MAX = 400_000;

/**
 * What happened, as a hash and, only if asked for, as text, one line an event. Two runs of a seed have one hash, or
 * something beside the seed has had a say. The hash is of the kind and the time of every event, of the kinds of all that goes into
 * and comes out of consensus, of every entry that is delivered, with the hash of its history and the digest of the state behind it,
 * and of every end of a client's operation, with its code, its zxid and its result. Frames are not in it: what they say shows
 * in what is delivered.
 */
export class Trace {
  readonly isReadable: boolean;
  readonly lines: string[] = [];
  private low = 0x811c9dc5;
  private high = 0x01000193;

  private readonly linesMax: number;

  constructor(isReadable: boolean, linesMax: number = LINES_MAX) {
    this.isReadable = isReadable;
    this.linesMax = linesMax;
  }

  /** Takes a number into the hash. */
  mix(value: number): void {
    const folded = (value | 0) ^ Math.imul(Math.floor(value / 2 ** 32), 0x85ebca6b);
    this.low = Math.imul(this.low ^ folded, 0x9e3779b1);
    this.low ^= this.low >>> 15;
    this.high = (Math.imul(this.high, 31) + this.low) | 0;
  }

  /** Takes a text into the hash. */
  mixText(text: string): void {
    let code = text.length;
    for (let index = 0; index < text.length; index++) code = (Math.imul(code, 31) + text.charCodeAt(index)) | 0;
    this.mix(code);
  }

  /** Ask `isReadable` first: the text is dear. Beyond the limit nothing is written but that the trace is cut. */
  line(atUs: number, text: string): void {
    const { lines, linesMax } = this;
    if (lines.length < linesMax) lines.push(format(atUs, text));
    else if (lines.length === linesMax) lines.push(format(atUs, `CUT: the trace has no more than ${linesMax} lines`));
  }

  /** What the trace is read for: written however long it is. */
  lastLine(atUs: number, text: string): void {
    this.lines.push(format(atUs, text));
  }

  get hash(): string {
    return [this.low, this.high].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }
}

function format(atUs: number, text: string): string {
  return `${(atUs / 1000).toFixed(3).padStart(12)} ${text}`;
}
