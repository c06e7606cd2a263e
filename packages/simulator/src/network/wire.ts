import type { Hello, Message } from "@coterie/consensus";
import type { PeerId } from "@coterie/interface";

/** What a peer is to the network. */
export interface NetworkPeer {
  readonly id: PeerId;
  /** Counts its lives; a frame for an earlier one is not for this one. */
  readonly life: number;
  readonly isUp: boolean;
  /** While the event loop stands still, until when; else 0. */
  readonly stalledUntilUs: number;
  hello(): Hello;
  linkOpened(link: number, hello: Hello): void;
  linkClosed(link: number): void;
  messageReceived(link: number, message: Message): void;
}

/** One end of a connection, and the way to it. */
export class WireEnd {
  /** Unique in the world: no link has had it before. */
  readonly link: number;
  readonly owner: NetworkPeer;
  readonly life: number;
  readonly isDialler: boolean;
  other!: WireEnd;
  state: "waiting" | "open" | "closed" = "waiting";
  /** What is sent to this end from now on vanishes. */
  isBroken = false;
  /** Neither end is told of what has become of the other. */
  isSilent = false;
  /** Frames arrive in the order in which they were sent. */
  lastArrivalUs = 0;
  inFlight = 0;
  /** What waits for a cut to be healed: TCP would go on trying. */
  held: Frame[] = [];
  /** Frames of late, to come in once more when the link is dead. */
  recent: Message[] = [];

  constructor(link: number, owner: NetworkPeer, isDialler: boolean) {
    this.link = link;
    this.owner = owner;
    this.life = owner.life;
    this.isDialler = isDialler;
  }

  /** Whether the process that had opened it is still there and has it open. */
  get isAlive(): boolean {
    return this.state !== "closed" && this.owner.isUp && this.owner.life === this.life;
  }
}

export type Frame =
  | { readonly kind: "hello"; readonly hello: Hello }
  | { readonly kind: "message"; readonly message: Message }
  /** The other end has closed. */
  | { readonly kind: "end" };

/** One peer's wish to be connected with another one of a lower id. */
export class Dialler {
  readonly from: NetworkPeer;
  readonly to: NetworkPeer;
  end: WireEnd | null = null;
  backOffUs = 0;
  isScheduled = false;

  constructor(from: NetworkPeer, to: NetworkPeer) {
    this.from = from;
    this.to = to;
  }
}
