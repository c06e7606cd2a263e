import type { PeerId } from "@coterie/interface";
import type { FollowerInfo, Hello, Notification } from "./message.ts";

/** A link that is up, and what its other end has last said of itself. */
export interface Link {
  readonly id: number;
  readonly peer: PeerId;
  readonly hello: Hello;
  notification: Notification | null;
  /** The other end takes this peer for the leader; null once it says otherwise. */
  followerInfo: FollowerInfo | null;
  /** When something came over it last, in ticks. */
  heardTick: number;
  /** This peer has handed the first entry over it. */
  wasFounded: boolean;
  /** The number under which this peer asks the others about this blank one; 0 until it does. */
  inquiry: number;
  /** The last founding question that went over this link, and the last one that was answered with untouched. */
  asked: number;
  answered: number;
}

/** One link for each peer at most: the newest. A frame of any other is of a dead one (TR-05). */
export class Links {
  private readonly byId = new Map<number, Link>();
  private readonly byPeer = new Map<PeerId, Link>();

  open(id: number, hello: Hello, tick: number): Link {
    const link: Link = {
      id,
      peer: hello.peer,
      hello,
      notification: null,
      followerInfo: null,
      heardTick: tick,
      wasFounded: false,
      inquiry: 0,
      asked: 0,
      answered: 0,
    };
    this.byId.set(id, link);
    this.byPeer.set(hello.peer, link);
    return link;
  }

  close(id: number): Link | null {
    const link = this.byId.get(id);
    if (link === undefined) return null;
    this.byId.delete(id);
    this.byPeer.delete(link.peer);
    return link;
  }

  get(id: number): Link | null {
    return this.byId.get(id) ?? null;
  }

  of(peer: PeerId): Link | null {
    return this.byPeer.get(peer) ?? null;
  }

  all(): IterableIterator<Link> {
    return this.byId.values();
  }
}
