import type { Hello } from "@coterie/consensus";
import { type Clock, type PeerId, type Timer } from "@coterie/interface";

/** A link that is up, as far as others of the same peer need to know of it. */
export interface LiveLink {
  readonly hello: Hello;
  /** The other end has come over another link: this one is of the past. */
  replace(): void;
}

/** How long an older link has to show that its other end still lives, before a newcomer takes its place. */
export interface LiveLinkOptions {
  readonly clock: Clock;
  readonly aliveWithinMs: number;
}

/**
 * The links of a peer that are up, one for each other peer: the newest (TR-05). Two living peers with one id are found out
 * here: if another life of a peer turns up while a link to it still brings frames, the newcomer is the second one (MB-03).
 * If the old link is silent, its peer has gone, and the newcomer is what it has become.
 */
export class LiveLinks {
  private readonly options: LiveLinkOptions;
  private readonly links = new Map<PeerId, LiveLink>();
  private readonly doubts = new Map<LiveLink, ((isAlive: boolean) => void)[]>();

  constructor(options: LiveLinkOptions) {
    this.options = options;
  }

  /** Calls `decided` once, at once or later: whether the peer of `hello` may come in. */
  admit(hello: Hello, decided: (isAdmitted: boolean) => void): void {
    const old = this.links.get(hello.peer);
    if (old === undefined || old.hello.incarnation === hello.incarnation) {
      decided(true);
      return;
    }
    let timer: Timer | null = null;
    const decide = (isAlive: boolean): void => {
      timer?.cancel();
      decided(!isAlive);
    };
    this.doubts.set(old, [...(this.doubts.get(old) ?? []), decide]);
    timer = this.options.clock.setTimer(this.options.aliveWithinMs, () => this.settle(old, false));
  }

  /** The link is up, in place of an older one to the same peer. */
  open(link: LiveLink): void {
    const old = this.links.get(link.hello.peer);
    this.links.set(link.hello.peer, link);
    if (old === undefined) return;
    this.settle(old, false);
    old.replace();
  }

  /** A frame has come over the link: whoever says that its peer is another one is wrong. */
  heard(link: LiveLink): void {
    if (this.doubts.size > 0) this.settle(link, true);
  }

  closed(link: LiveLink): void {
    if (this.links.get(link.hello.peer) === link) this.links.delete(link.hello.peer);
    this.settle(link, false);
  }

  private settle(link: LiveLink, isAlive: boolean): void {
    const waiting = this.doubts.get(link) ?? [];
    this.doubts.delete(link);
    for (const decide of waiting) decide(isAlive);
  }
}
