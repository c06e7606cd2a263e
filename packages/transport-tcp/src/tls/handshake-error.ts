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
  if (/^(?:ERR_SSL|ERR_TLS|EPROTO)/.test(word)) return identityRefused(explain(word), error);
  // Who listens in plain text takes what TLS says for a frame that is too large, and hangs up.
  const hint = otherwise === "UNREACHABLE" ? " Perhaps the other end has neither a secret nor certificates." : "";
  return reasonOf(otherwise, `The connection broke in its TLS handshake: ${word}.${hint}`, error);
}

/** What OpenSSL's words come from between two peers whose configurations differ. */
const EXPLANATIONS: readonly (readonly [words: RegExp, explanation: string])[] = [
  [/BINDER_DOES_NOT_VERIFY|ALERT_ILLEGAL_PARAMETER|DECRYPT_ERROR/, "the two ends have different secrets"],
  [/WRONG_VERSION_NUMBER|HTTP_REQUEST/, "the other end speaks plain text, with neither a secret nor certificates"],
  [
    /NO_SUITABLE_SIGNATURE_ALGORITHM|NO_SHARED_CIPHER|ALERT_HANDSHAKE_FAILURE/,
    "perhaps one end has a secret, and the other one certificates",
  ],
];

function explain(word: string): string {
  const explanation = EXPLANATIONS.find(([words]) => words.test(word))?.[1];
  return explanation === undefined ? word : `${explanation} (${word})`;
}

export function identityRefused(how: string, cause?: unknown): CoterieError {
  return reasonOf("IDENTITY_REFUSED", `An end of the connection did not prove who it is: ${how}.`, cause);
}
