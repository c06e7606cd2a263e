import type { CoterieError } from "@coterie/interface";
import { reasonOf, wordOf } from "../stream/reasons.ts";

/**
 * What a handshake has failed of. What OpenSSL finds wrong is about identity: another secret, an alert from the other end,
 * an end that does not speak TLS. Everything else is about the connection, and `otherwise` names it.
 *
 * OpenSSL's messages name alerts and its own functions, never a key or a secret.
 */
export function handshakeError(error: unknown, otherwise: "UNREACHABLE" | "CONNECTION_CLOSED"): CoterieError {
  const word = wordOf(error);
  if (/^(?:ERR_SSL|ERR_TLS|EPROTO)/.test(word)) return identityRefused(word, error);
  return reasonOf(otherwise, `The connection broke in its TLS handshake: ${word}.`, error);
}

export function identityRefused(how: string, cause?: unknown): CoterieError {
  return reasonOf("IDENTITY_REFUSED", `An end of the connection did not prove who it is: ${how}.`, cause);
}
