import { CoterieError } from "@coterie/interface";
import { type AuthRequest, XID_AUTH } from "@coterie/protocol";
import type { ChannelReply } from "@coterie/session";
import type { Asker, TellingSink } from "./effect.ts";
import { Fifo } from "./fifo.ts";
import { noReply } from "./read-reply.ts";
import type { RequestEncoder } from "./request-encoder.ts";

interface Identity {
  readonly request: AuthRequest;
  readonly frame: Uint8Array;
  /** Null once a server has answered. */
  call: Asker | null;
}

export type AuthAnswer = "expected" | "unexpected" | "refused-anew";

/**
 * What the session has shown to be. It is shown again on each connection, before anything else (client-protocol 9), and
 * showing it twice does no harm: so an identity whose answer was lost waits for the next connection's. One that a server
 * refuses is forgotten, unless another server has taken it before.
 */
export class Identities {
  private readonly encoder: RequestEncoder;
  private readonly identitiesMax: number;
  private identities: Identity[] = [];
  /** Sent on this connection, in order. Their answers come in the same order, but not in that of other requests. */
  private asked = new Fifo<Identity>();

  constructor(encoder: RequestEncoder, identitiesMax: number) {
    this.encoder = encoder;
    this.identitiesMax = identitiesMax;
  }

  /** The frame to send if there is a connection, or null: it was refused here. */
  add(request: AuthRequest, call: Asker, told: TellingSink): Uint8Array | null {
    const known = this.identities.find((identity) => identity.call === null && isSame(identity.request, request));
    if (known !== undefined) {
      known.call = call;
      return known.frame;
    }
    const frame =
      this.identities.length < this.identitiesMax
        ? this.encoder.encode(XID_AUTH, request)
        : new CoterieError("BAD_ARGUMENTS", `A session has no more than ${this.identitiesMax} identities.`);
    if (frame instanceof CoterieError) {
      told.push({ kind: "settle", call, reply: noReply("BAD_ARGUMENTS", frame) });
      return null;
    }
    this.identities.push({ request, frame, call });
    return frame;
  }

  /** The frame of an identity goes out on the connection of now. */
  sent(frame: Uint8Array): void {
    this.asked.push(this.identities.find((identity) => identity.frame === frame)!);
  }

  /** What to send first on a new connection. */
  resend(): Uint8Array[] {
    this.asked = new Fifo();
    for (const identity of this.identities) this.asked.push(identity);
    return this.identities.map((identity) => identity.frame);
  }

  answered(reply: ChannelReply, told: TellingSink): AuthAnswer {
    const identity = this.asked.shift();
    if (identity === undefined) return "unexpected";
    const { call } = identity;
    if (reply.code !== null && call === null) return "refused-anew";
    if (reply.code !== null) this.identities = this.identities.filter((other) => other !== identity);
    identity.call = null;
    if (call !== null) told.push({ kind: "settle", call, reply });
    return "expected";
  }

  /** No connection will come any more. */
  giveUp(reason: CoterieError, told: TellingSink): void {
    for (const { call } of this.identities) {
      if (call !== null) told.push({ kind: "settle", call, reply: noReply("CONNECTION_LOSS", reason) });
    }
    this.identities = [];
    this.asked = new Fifo();
  }
}

function isSame(one: AuthRequest, other: AuthRequest): boolean {
  if (one.scheme !== other.scheme || (one.auth === null) !== (other.auth === null)) return false;
  return Buffer.compare(one.auth ?? new Uint8Array(), other.auth ?? new Uint8Array()) === 0;
}
