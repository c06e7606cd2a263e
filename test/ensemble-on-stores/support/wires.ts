import { decodeMessage, encodeMessage, type Message } from "@coterie/consensus";
import type { Life } from "./life.ts";

interface Link {
  readonly number: number;
  readonly ends: readonly [Life, Life];
}

interface Frame {
  readonly link: Link;
  readonly to: Life;
  readonly bytes: Uint8Array;
}

/** The links between peers, and one queue of all that is under way on them. */
export class Wires {
  private links: Link[] = [];
  private linksBegun = 0;
  private readonly frames: Frame[] = [];
  private readonly cut = new Set<string>();

  /** A fresh link between any two that have none, unless they are cut off from each other. */
  connectAll(lives: readonly Life[]): void {
    for (const one of lives) {
      for (const other of lives) if (one.id < other.id) this.connect(one, other);
    }
  }

  private connect(one: Life, other: Life): void {
    if (this.cut.has(`${one.id}-${other.id}`) || this.cut.has(`${other.id}-${one.id}`)) return;
    if (this.links.some(({ ends }) => ends[0] === one && ends[1] === other)) return;
    this.linksBegun += 1;
    const link: Link = { number: this.linksBegun, ends: [one, other] };
    this.links.push(link);
    const [ofOne, ofOther] = [one.zab.hello(), other.zab.hello()];
    one.take({ kind: "link-opened", link: link.number, hello: ofOther });
    other.take({ kind: "link-opened", link: link.number, hello: ofOne });
  }

  /** What is under way on the link is lost. */
  private disconnect(link: Link): void {
    this.links = this.links.filter((other) => other !== link);
    for (const end of link.ends) end.take({ kind: "link-closed", link: link.number });
  }

  close(number: number): void {
    for (const link of this.links.filter((open) => open.number === number)) this.disconnect(link);
  }

  ended(life: Life): void {
    for (const link of this.links.filter(({ ends }) => ends.includes(life))) this.disconnect(link);
  }

  /** No link between the two until `mend`. */
  cutOff(one: number, other: number): void {
    this.cut.add(`${one}-${other}`);
    const isBetween = ({ ends }: Link): boolean => ends.every(({ id }) => id === one || id === other);
    for (const link of this.links.filter(isBetween)) this.disconnect(link);
  }

  mend(): void {
    this.cut.clear();
  }

  send(from: Life, number: number, message: Message): void {
    const link = this.links.find((open) => open.number === number);
    const to = link?.ends.find((end) => end !== from);
    if (link !== undefined && to !== undefined) this.frames.push({ link, to, bytes: encodeMessage(message) });
  }

  /** The oldest frame arrives; false if there is none. */
  deliver(): boolean {
    const frame = this.frames.shift();
    if (frame === undefined) return false;
    const { link, to, bytes } = frame;
    if (this.links.includes(link)) to.take({ kind: "message", link: link.number, message: decodeMessage(bytes) });
    return true;
  }
}
