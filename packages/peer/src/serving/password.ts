import type { Random } from "@coterie/interface";
import { PASSWORD_SIZE_BYTES } from "@coterie/protocol";
import { createHash, timingSafeEqual } from "node:crypto";

const VERIFIER_SIZE_BYTES = 32;
/** What no password proves: the same work is done for a session that does not exist (SE-14). */
const VERIFIER_NONE = new Uint8Array(VERIFIER_SIZE_BYTES);

/** Unforgeable, and known to the client alone: what is replicated is its verifier. */
export function createPassword(random: Random): Uint8Array {
  return random.bytes(PASSWORD_SIZE_BYTES);
}

export function verifierOf(password: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(password).digest());
}

/** In a time that does not tell how much of it is right. Without a verifier no password is. */
export function isPasswordOf(password: Uint8Array, verifier: Uint8Array | undefined): boolean {
  const shown = verifierOf(password);
  const isKnown = verifier !== undefined && verifier.length === VERIFIER_SIZE_BYTES;
  return timingSafeEqual(shown, isKnown ? verifier : VERIFIER_NONE) && isKnown;
}
