import type { Random } from "@coterie/interface";
import { randomBytes } from "node:crypto";

/** Bytes that are drawn at once for `uint32`: a call of the generator costs as much as hundreds of numbers. */
const POOL_SIZE_BYTES = 1024;
const UINT32_SIZE_BYTES = 4;

/** Draws from the platform's cryptographic generator. All forks are one: nothing can be told of one draw from others. */
export function createPlatformRandom(): Random {
  let pool = Buffer.alloc(0);
  let used = 0;
  const random: Random = {
    uint32() {
      if (used + UINT32_SIZE_BYTES > pool.length) {
        pool = randomBytes(POOL_SIZE_BYTES);
        used = 0;
      }
      used += UINT32_SIZE_BYTES;
      return pool.readUInt32LE(used - UINT32_SIZE_BYTES);
    },
    bytes: (lengthBytes) => new Uint8Array(randomBytes(lengthBytes)),
    fork: () => random,
  };
  return random;
}
