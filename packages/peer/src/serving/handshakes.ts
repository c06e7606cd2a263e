import { type Applied, type Attachment, ATTACHMENT_NONE, nextAttachment } from "@coterie/core";
import { type Clock, type PeerId, type Random, SESSION_NONE, type SessionId } from "@coterie/interface";
import type { ServedConnection } from "./served-connection.ts";
import { Tokens } from "./tokens.ts";

export interface Handshake {
  readonly served: ServedConnection;
  /** Null for a new session. */
  readonly sessionId: SessionId | null;
  /** The leader may have heard of it. */
  isAsked: boolean;
}

/** What became of a handshake. */
export type HandshakeEnd =
  | { readonly kind: "attached"; readonly served: ServedConnection; readonly id: SessionId }
  /** There is no such session any more, or it is another connection's by now. */
  | { readonly kind: "expired" | "moved"; readonly served: ServedConnection };

/** Connections whose session is asked for and not there yet. */
export class Handshakes {
  private readonly peerId: PeerId;
  private readonly clock: Clock;
  private readonly tokens: Tokens;
  private readonly byToken = new Map<number, Handshake>();
  private opening = 0;
  private lastAttachment: Attachment = ATTACHMENT_NONE;

  constructor(peerId: PeerId, clock: Clock, random: Random) {
    this.peerId = peerId;
    this.clock = clock;
    this.tokens = new Tokens(peerId, random);
  }

  /** Of new sessions. */
  get openingCount(): number {
    return this.opening;
  }

  get size(): number {
    return this.byToken.size;
  }

  nextAttachment(): Attachment {
    this.lastAttachment = nextAttachment(this.peerId, this.lastAttachment, this.clock.wallTimeMs());
    return this.lastAttachment;
  }

  nextToken(): number {
    return this.tokens.next();
  }

  /** Those under way. */
  all(): readonly Handshake[] {
    return [...this.byToken.values()];
  }

  begin(served: ServedConnection, sessionId: SessionId | null): Handshake {
    const handshake: Handshake = { served, sessionId, isAsked: false };
    this.byToken.set(served.token, handshake);
    if (sessionId === null) this.opening += 1;
    return handshake;
  }

  /** A txn with a negative cxid is applied: null if it is another peer's, or nobody waits for it any more. */
  applied({ header, outcome }: Applied): HandshakeEnd | null {
    const { cxid, sessionId } = header;
    const handshake = this.byToken.get(cxid);
    if (handshake === undefined || (handshake.sessionId ?? SESSION_NONE) !== sessionId) return null;
    this.remove(handshake);
    const { served } = handshake;
    if (outcome.kind === "createSession") return { kind: "attached", served, id: outcome.id };
    if (outcome.kind === "multi") return { kind: "attached", served, id: sessionId };
    const isMoved = outcome.kind === "error" && outcome.code === "SESSION_MOVED";
    return { kind: isMoved ? "moved" : "expired", served };
  }

  /** The one that was asked for under this name, if it still waits. */
  of(token: number): Handshake | undefined {
    return this.byToken.get(token);
  }

  /** The connection has ended: its session may yet come into being, and expire. */
  forget(served: ServedConnection): void {
    const handshake = this.byToken.get(served.token);
    if (handshake?.served === served) this.remove(handshake);
  }

  private remove({ served, sessionId }: Handshake): void {
    this.byToken.delete(served.token);
    if (sessionId === null) this.opening -= 1;
  }
}
