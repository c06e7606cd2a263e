import { checkInteger, type OptionKinds } from "@coterie/interface";

/** What a cache takes at most. */
export interface CacheLimits {
  /**
   * Znodes in it, and those that may not be read, 1..10,000,000. One more ends the cache with QUOTA_EXCEEDED. Default: 100,000.
   */
  readonly znodesMax?: number;
  /**
   * Bytes of data in it, and characters of paths, also of those that may not be read, 1..2^40. More end the cache with
   * QUOTA_EXCEEDED. Default: 256 MiB.
   */
  readonly bytesMax?: number;
  /** Reads under way at once, 1..10,000; others wait. Default: 64. */
  readonly readsMax?: number;
}

export const LIMITS: OptionKinds<CacheLimits> = { znodesMax: "number", bytesMax: "number", readsMax: "number" };

/** @throws CoterieError BAD_ARGUMENTS */
export function limitsOf({ znodesMax, bytesMax, readsMax }: CacheLimits): Required<CacheLimits> {
  return {
    znodesMax: checkInteger("znodesMax", znodesMax ?? 100_000, 1, 10_000_000),
    bytesMax: checkInteger("bytesMax", bytesMax ?? 2 ** 28, 1, 2 ** 40),
    readsMax: checkInteger("readsMax", readsMax ?? 64, 1, 10_000),
  };
}
