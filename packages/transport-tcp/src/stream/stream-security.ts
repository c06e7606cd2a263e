import type { CoterieError, RemoteIdentity } from "@coterie/interface";
import type { Socket } from "node:net";

/** What a handshake has come to: a socket to go on with, and who is at its other end. */
export interface Secured {
  readonly socket: Socket;
  readonly identity: RemoteIdentity;
  /** What has been read from it beyond the handshake; null if nothing. */
  readonly head: Uint8Array | null;
}

/** Called once, also if the socket is closed meanwhile by either end. Later calls are not heard. */
export type Settle = (outcome: Secured | CoterieError) => void;

/** Settles who is at the other end of a socket that has just connected. */
export interface StreamSecurity {
  /** Whether it proves anything. */
  readonly isProving: boolean;
  /** Resolves when handshakes may begin; rejects with a CoterieError if none ever can. */
  ready(): Promise<void>;
  /** The side that has listened. */
  answer(raw: Socket, settle: Settle): void;
  /** The side that has dialled `host`, a name or an IP address. */
  begin(raw: Socket, host: string, settle: Settle): void;
}

/** Proves nothing and costs nothing. */
export const NO_SECURITY: StreamSecurity = {
  isProving: false,
  ready: () => Promise.resolve(),
  answer: (raw, settle) => settle({ socket: raw, identity: { kind: "none" }, head: null }),
  begin: (raw, _host, settle) => settle({ socket: raw, identity: { kind: "none" }, head: null }),
};
