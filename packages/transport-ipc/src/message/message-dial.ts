import type { Link } from "./link.ts";
import type { MessageStream } from "./message-stream.ts";

/**
 * Asks all links at once for a name, since names are not announced: one whose other end does not answer keeps nobody
 * waiting who is behind another. The first that opens has it.
 */
export class MessageDial {
  private readonly name: string;
  private readonly links: () => Iterable<Link>;
  private readonly settled: (stream: MessageStream | null) => void;
  /** How to give up at each link that was asked; null where the answer was no. */
  private readonly asked = new Map<Link, (() => void) | null>();
  private isOver = false;

  /** `settled` is called once at most: with a stream, or with null when everybody has said no. */
  constructor(name: string, links: () => Iterable<Link>, settled: (stream: MessageStream | null) => void) {
    this.name = name;
    this.links = links;
    this.settled = settled;
  }

  /** Asks where it has not asked yet, and sees whether anybody is left to answer. */
  look(): void {
    if (this.isOver) return;
    let isPending = false;
    for (const link of this.links()) {
      if (link.lostHow !== null) continue;
      // Who has not been heard yet may still come.
      if (!link.isJoined) isPending = true;
      else if (!this.asked.has(link)) this.ask(link);
      if (this.asked.get(link)) isPending = true;
    }
    if (isPending) return;
    this.giveUp();
    this.settled(null);
  }

  giveUp(): void {
    this.isOver = true;
    for (const giveUp of this.asked.values()) giveUp?.();
    this.asked.clear();
  }

  private ask(link: Link): void {
    const giveUp = link.dial(this.name, (stream) => {
      this.asked.set(link, null);
      if (stream === null) return this.look();
      if (this.isOver) return void stream.destroy();
      this.giveUp();
      this.settled(stream);
    });
    this.asked.set(link, giveUp);
  }
}
