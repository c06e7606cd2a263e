import type { Confirmation, Confirmations } from "./confirmations.ts";

/** What asks for signs of life, and hears of them. */
export interface LifeHost {
  readonly timeoutMs: number;
  readonly context: { readonly confirmations: Confirmations; readonly isSuspended: boolean };
  /** `isProven`: the leader has heard of the session after the ping had come. */
  pingAnswered(ping: HeldPing, isProven: boolean): void;
}

export interface HeldPing {
  readonly tag: number;
  readonly atMs: number;
}

/** Questions in each session timeout while requests come: none of them a ping, perhaps. */
const QUESTIONS_PER_TIMEOUT = 6;

/**
 * Until when a session surely lives: its timeout from when its client was last heard before a question that the leader has
 * answered, and a quorum with it. The sign of life has then been where sessions expire. A peer that is cut off from its leader
 * hears its clients as well as ever, and so an answer of its own would prove nothing.
 */
export class Life {
  private readonly host: LifeHost;
  private provenMs: number;
  private question: { readonly confirmation: Confirmation; readonly atMs: number } | null = null;
  private pings: HeldPing[] = [];

  /** `askedMs`: when the session was asked for. */
  constructor(host: LifeHost, askedMs: number) {
    this.host = host;
    this.provenMs = askedMs;
  }

  /** Pings that wait for their question. */
  get pingCount(): number {
    return this.pings.length;
  }

  /** The session was heard of, and touched. False if it may have expired for all that is known here, though that was asked. */
  heard(atMs: number): boolean {
    const { timeoutMs, context } = this.host;
    const isUnknown = this.question === null ? context.isSuspended : this.question.atMs < atMs;
    if (isUnknown && atMs >= this.provenMs + timeoutMs) return false;
    if (atMs >= this.provenMs + timeoutMs / QUESTIONS_PER_TIMEOUT) this.ask(atMs);
    return true;
  }

  /** It is answered as soon as the leader has heard of the session, whatever else of the session waits. */
  ping(ping: HeldPing): void {
    if (this.host.context.isSuspended) return this.host.pingAnswered(ping, false);
    this.pings.push(ping);
    this.ask(ping.atMs);
  }

  /** The leader is lost: pings are answered so that the connection holds. */
  suspend(): void {
    this.question = null;
    this.answer(this.pings.length, false);
  }

  end(): void {
    this.question = null;
    this.pings = [];
  }

  confirmationSettled(): void {
    const { question } = this;
    if (question === null || question.confirmation.state === "open") return;
    this.question = null;
    const isProven = question.confirmation.state === "confirmed";
    if (isProven) this.provenMs = Math.max(this.provenMs, question.atMs);
    const later = this.pings.findIndex(({ atMs }) => atMs > question.atMs);
    this.answer(isProven && later >= 0 ? later : this.pings.length, isProven);
    const last = this.pings.at(-1);
    if (last !== undefined) this.ask(last.atMs);
  }

  private ask(atMs: number): void {
    const { confirmations, isSuspended } = this.host.context;
    if (this.question !== null || isSuspended) return;
    this.question = { confirmation: confirmations.join("committed", this), atMs };
  }

  private answer(count: number, isProven: boolean): void {
    for (const ping of this.pings.splice(0, count)) this.host.pingAnswered(ping, isProven);
  }
}
