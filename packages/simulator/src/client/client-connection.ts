import type { EventQueue, EventTarget, SimEvent } from "../world/event-queue.ts";
import type { ClientMessage, PeerMessage } from "./client-message.ts";

const TO_PEER = 0;
const TO_CLIENT = 1;

export interface ConnectionHost {
  readonly nowUs: number;
  readonly queue: EventQueue;
}

export interface ConnectionPeer {
  readonly id: number;
  readonly life: number;
  readonly isUp: boolean;
  clientMessage(message: ClientMessage): void;
}

export interface ConnectionClient {
  readonly client: number;
  heard(connection: ClientConnection, message: PeerMessage): void;
}

/** What a client and a peer say to each other: in order, whole, until it breaks. */
export class ClientConnection implements EventTarget {
  readonly number: number;
  readonly client: ConnectionClient;
  readonly peer: ConnectionPeer;
  isBroken = false;
  private readonly host: ConnectionHost;
  private readonly life: number;
  private readonly delayUs: number;

  constructor(host: ConnectionHost, client: ConnectionClient, peer: ConnectionPeer, number: number, delayUs: number) {
    this.host = host;
    this.client = client;
    this.peer = peer;
    this.life = peer.life;
    this.number = number;
    this.delayUs = delayUs;
  }

  /** Delays are equal all the way, so that the order is that of sending. */
  toPeer(message: ClientMessage): void {
    this.host.queue.push(this.host.nowUs + this.delayUs, this, TO_PEER, null, message);
  }

  toClient(message: PeerMessage): void {
    this.host.queue.push(this.host.nowUs + this.delayUs, this, TO_CLIENT, null, message);
  }

  /** What is under way in either direction is lost; both ends hear of it. */
  break(): void {
    if (this.isBroken) return;
    this.isBroken = true;
    this.client.heard(this, { kind: "closed", isExpired: false });
    if (this.peer.isUp && this.peer.life === this.life)
      this.peer.clientMessage({ kind: "client-gone", connection: this });
  }

  /** The client gives it up, and its peer is not told: what is under way to the peer arrives, nothing that comes back is heard. */
  giveUp(): void {
    this.client.heard(this, { kind: "closed", isExpired: false });
  }

  handle(event: SimEvent): void {
    if (this.isBroken) return;
    if (event.kind === TO_CLIENT) {
      const message = event.detail as PeerMessage;
      if (message.kind === "closed") this.isBroken = true;
      return this.client.heard(this, message);
    }
    if (!this.peer.isUp || this.peer.life !== this.life) return this.break();
    this.peer.clientMessage(event.detail as ClientMessage);
  }
}
