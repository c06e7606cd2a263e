import type { CoterieError, SessionId } from "@coterie/interface";
import type { WatcherEvent } from "@coterie/protocol";
import type { ChannelReply, ChannelState } from "@coterie/session";

/** What the shell has to do, in this order. */
export type ConnectionEffect = LinkEffect | Telling;

export type LinkEffect =
  /** Answered by "opened" or "closed" of this number. The link before it is over. */
  | { readonly kind: "dial"; readonly link: number; readonly address: string }
  | { readonly kind: "send"; readonly link: number; readonly frame: Uint8Array }
  /** Sends what was taken, then closes. */
  | { readonly kind: "close"; readonly link: number }
  | { readonly kind: "abort"; readonly link: number };

/** What the session is told: one stream, and never inside a call of the session's. */
export type Telling =
  | { readonly kind: "settle"; readonly call: Asker; readonly reply: ChannelReply }
  | { readonly kind: "event"; readonly event: WatcherEvent; readonly zxid: number }
  | { readonly kind: "watches-renewed" }
  | StateTold;

/** Who waits for an answer. */
export interface Asker {
  settle(reply: ChannelReply): void;
}

/** Where tellings are added in order: the effects of a step. */
export interface TellingSink {
  push(telling: Telling): void;
}

export interface StateTold {
  readonly kind: "state";
  readonly state: ChannelState;
  readonly reason: CoterieError | null;
  /** Of the session, as they are from here on. */
  readonly sessionId: SessionId;
  readonly timeoutMs: number;
  /** The server, if the state is "connected". */
  readonly server: string | null;
  readonly isReadOnly: boolean;
}
