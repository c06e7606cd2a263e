import { TTL_MAX_MS } from "@coterie/protocol";

/**
 * What a znode's stored ephemeralOwner says of its kind (semantics 2.4). Clients are shown only a session's id.
 * Values are signed 64-bit.
 */
export const OWNER_NONE = 0n;
export const OWNER_CONTAINER: bigint = -(2n ** 63n);

/** The top byte that marks a TTL; the two bytes below it are a feature number, 0 for a TTL. */
const TTL_TOP_BYTE = 0xff;
const TTL_MASK = BigInt(TTL_MAX_MS);

export function ownerOfTtl(ttlMs: number): bigint {
  return BigInt.asIntN(64, (BigInt(TTL_TOP_BYTE) << 56n) | BigInt(ttlMs));
}

export function isTtlOwner(owner: bigint): boolean {
  return owner !== OWNER_NONE && Number(BigInt.asUintN(64, owner) >> 56n) === TTL_TOP_BYTE;
}

export function ttlOfOwner(owner: bigint): number {
  return Number(owner & TTL_MASK);
}

/** Whether a session owns the znode. */
export function isEphemeralOwner(owner: bigint): boolean {
  return owner !== OWNER_NONE && owner !== OWNER_CONTAINER && !isTtlOwner(owner);
}

/** The ephemeralOwner of a Stat: the session's id, or 0. */
export function shownOwner(owner: bigint): bigint {
  return isEphemeralOwner(owner) ? owner : OWNER_NONE;
}
