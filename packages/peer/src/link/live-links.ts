import type { PeerId } from "@coterie/interface";
import type { LiveLink, LiveLinkOptions } from "./live-link.ts";
import { type Objection, Seat } from "./seat.ts";

/**
 * The links of a peer, one for each other peer. What both ends of a link have to settle alike is settled here, by what both
 * know:
 *
 * 1. Of two links between the same lives of two peers, the one that the peer with the lower id has dialled is kept, so that
 *    dials which cross leave one link (TR-05). Of two that the same peer has dialled, the later one is kept; a peer has one
 *    dial to another under way.
 * 2. A link that is up keeps its place against one that rule 1 does not prefer, and against another life of the same peer
 *    (MB-03), if it has brought a frame within `aliveWithinMs` and is still open then. If it is silent or closes, it is of
 *    the past, and the newcomer takes its place. What it brings may be what a peer had sent before it died: so a frame
 *    alone decides nothing.
 * 3. Newcomers of different lives of one peer are judged one after the other.
 */
export class LiveLinks {
  private readonly options: LiveLinkOptions;
  private readonly seats = new Map<PeerId, Seat>();
  /** Links that this peer has dialled and that are not up yet. */
  private readonly dials = new Map<PeerId, LiveLink>();
  private lastOrder = 0;

  constructor(options: LiveLinkOptions) {
    this.options = options;
  }

  nextOrder(): number {
    return ++this.lastOrder;
  }

  /** This peer has dialled `peer`: an earlier dial of it that is not up yet is given up. */
  dialled(peer: PeerId, link: LiveLink): void {
    this.dials.get(peer)?.replace(`peer ${peer} was dialled anew`);
    this.dials.set(peer, link);
  }

  /** Calls `decided` once, at once or later, unless the link closes before: null if it may come in. */
  admit(link: LiveLink, decided: (objection: Objection | null) => void): void {
    const { peer } = link.hello;
    let seat = this.seats.get(peer);
    if (seat === undefined) this.seats.set(peer, (seat = new Seat(this.options)));
    seat.admit(link, decided);
  }

  /** The handshake of a link that was admitted is done: null if it is up, in place of an older one if there is one. */
  open(link: LiveLink): Objection | null {
    this.forgetDial(link);
    return this.seats.get(link.hello.peer)?.open(link) ?? null;
  }

  /** A frame has come over a link that is up. */
  heard(link: LiveLink): void {
    this.seats.get(link.hello.peer)?.heard(link);
  }

  closed(link: LiveLink): void {
    const { peer } = link;
    if (peer === null) return;
    this.forgetDial(link);
    const seat = this.seats.get(peer);
    seat?.closed(link);
    if (seat?.isEmpty === true) this.seats.delete(peer);
  }

  private forgetDial(link: LiveLink): void {
    if (link.peer !== null && this.dials.get(link.peer) === link) this.dials.delete(link.peer);
  }
}
