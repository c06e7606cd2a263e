import type { PeerId } from "@coterie/interface";
import fc from "fast-check";
import type { Voter } from "../../src/quorum/ensemble-config.ts";

export function voter(peer: number, weight = 1, group = 1): Voter {
  return { peer: peer as PeerId, weight, group };
}

const addressArbitrary = fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 255 });

function withAddress(one: Voter, address: string | undefined): Voter {
  return address === undefined || !/^[ -~]+$/.test(address) ? one : { ...one, address };
}

/** Up to nine, sorted, in up to four groups, and not all of weight 0. */
export const votersArbitrary: fc.Arbitrary<Voter[]> = fc
  .uniqueArray(
    fc.record({
      peer: fc.integer({ min: 1, max: 254 }).map((peer) => peer as PeerId),
      weight: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 2 ** 31 - 1 })),
      group: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 4 }) }, fc.integer({ min: 1, max: 254 })),
    }),
    { minLength: 1, maxLength: 9, selector: ({ peer }) => peer },
  )
  .filter((voters) => voters.some(({ weight }) => weight > 0))
  .chain((voters) => {
    const sorted = voters.toSorted((a, b) => a.peer - b.peer);
    return fc
      .tuple(...sorted.map(() => fc.option(addressArbitrary, { nil: undefined })))
      .map((addresses) => sorted.map((one, index) => withAddress(one, addresses[index])));
  });
