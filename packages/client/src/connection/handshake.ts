import { CoterieError, SESSION_NONE, type SessionId } from "@coterie/interface";
import {
  JuteReader,
  JuteWriter,
  PROTOCOL_VERSION_COTERIE,
  readConnectResponse,
  writeConnectRequest,
} from "@coterie/protocol";

/** What a client knows of its session. */
export interface Credentials {
  readonly id: SessionId;
  readonly password: Uint8Array;
  /** From a server in read-only mode, which makes one up by itself: no other server knows it. */
  readonly isMadeUp: boolean;
}

export type Greeting =
  | {
      readonly kind: "taken";
      readonly credentials: Credentials;
      readonly timeoutMs: number;
      readonly isReadOnly: boolean;
      /** A peer of Coterie's; otherwise Apache ZooKeeper. */
      readonly isCoterie: boolean;
    }
  | { readonly kind: "expired" }
  /** Not an answer that a server gives. */
  | { readonly kind: "broken"; readonly reason: CoterieError };

/** The session to ask for: none the first time, and none in place of one that a read-only server has made up. */
export function presented(credentials: Credentials | null): Credentials | null {
  return credentials === null || credentials.isMadeUp ? null : credentials;
}

export function encodeConnectRequest(
  credentials: Credentials | null,
  asked: { readonly lastZxidSeen: number; readonly timeoutMs: number; readonly mayBeReadOnly: boolean },
): Uint8Array {
  const known = presented(credentials);
  const writer = new JuteWriter({ capacityBytes: 64 });
  writeConnectRequest(writer, {
    protocolVersion: PROTOCOL_VERSION_COTERIE,
    lastZxidSeen: asked.lastZxidSeen,
    timeoutMs: asked.timeoutMs,
    sessionId: known?.id ?? SESSION_NONE,
    password: known?.password ?? new Uint8Array(16),
    readOnly: asked.mayBeReadOnly,
  });
  return writer.copy();
}

/** Reads a server's answer to `credentials`. Never a fresh session in place of the one that was asked for (SE-02). */
export function readGreeting(frame: Uint8Array, credentials: Credentials | null): Greeting {
  const known = presented(credentials);
  try {
    const { protocolVersion, timeoutMs, sessionId, password, readOnly } = readConnectResponse(new JuteReader(frame));
    const isRefused = timeoutMs <= 0 || sessionId === SESSION_NONE;
    if (known !== null && (isRefused || sessionId !== known.id)) return { kind: "expired" };
    if (isRefused) return broken("The server refused a new session.");
    const isReadOnly = readOnly === true;
    const taken = { id: sessionId as SessionId, password: password.slice(), isMadeUp: known === null && isReadOnly };
    const isCoterie = protocolVersion === PROTOCOL_VERSION_COTERIE;
    return { kind: "taken", credentials: taken, timeoutMs, isReadOnly, isCoterie };
  } catch (error) {
    return broken("The answer to the connect request is none that a ZooKeeper server gives.", error);
  }
}

function broken(message: string, cause?: unknown): Greeting {
  return { kind: "broken", reason: new CoterieError("MARSHALLING_ERROR", message, { cause }) };
}
