import { CoterieError, type PeerId } from "@coterie/interface";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VOTERS_MAX } from "../../src/limits.ts";
import {
  checkVoters,
  decodeEnsembleConfig,
  encodeEnsembleConfig,
  type EnsembleConfig,
  isVoter,
  type Voter,
  voterSetDigest,
} from "../../src/quorum/ensemble-config.ts";
import { voter, votersArbitrary } from "./voters.ts";

const THREE = [voter(1), voter(2), voter(3)];
const configArbitrary: fc.Arbitrary<EnsembleConfig> = fc.record({
  clusterId: fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 64 }).filter((id) => /^[ -~]+$/.test(id)),
  voters: votersArbitrary,
});

function refused(voters: readonly Voter[]): string {
  try {
    checkVoters(voters);
    return "nothing";
  } catch (error) {
    return error instanceof CoterieError && error.code === "BAD_ARGUMENTS" ? error.message : String(error);
  }
}

/** The config, or the code of the error. */
function decoded(bytes: Uint8Array): EnsembleConfig | string {
  try {
    return decodeEnsembleConfig(bytes);
  } catch (error) {
    return error instanceof CoterieError ? error.code : String(error);
  }
}

describe("checkVoters", () => {
  it("gives a sorted copy that nobody changes any more, and nothing else with it", () => {
    const given = [{ ...voter(9, 0, 2), host: "a" }, voter(2), voter(254, 2 ** 31 - 1, 254)];
    const checked = checkVoters(given);
    expect(checked).toEqual([voter(2), voter(9, 0, 2), voter(254, 2 ** 31 - 1, 254)]);
    expect(given.map(({ peer }) => peer)).toEqual([9, 2, 254]);
    expect([checked, ...checked].every((value) => Object.isFrozen(value))).toBe(true);
  });

  it.each([
    [[], "there are none; name at least one"],
    [[voter(1), voter(2), voter(1)], "peer 1 stands there twice; name each voter once"],
    [[voter(1, 0), voter(2, 0)], "each has the weight 0; give at least one a weight above it"],
    [[voter(0)], "0 is no peer id, which is an integer in 1..254"],
    [[voter(255)], "255 is no peer id, which is an integer in 1..254"],
    [[voter(1.5)], "1.5 is no peer id, which is an integer in 1..254"],
    [[voter(1, -1)], "peer 1 has the weight -1, which should be an integer in 0..2147483647"],
    [[voter(1, 2 ** 31)], "peer 1 has the weight 2147483648, which should be an integer in 0..2147483647"],
    [[voter(1, 0.5)], "peer 1 has the weight 0.5, which should be an integer in 0..2147483647"],
    [[voter(1, 1, 0)], "peer 1 has the group 0, which should be an integer in 1..254"],
    [[voter(1, 1, 255)], "peer 1 has the group 255, which should be an integer in 1..254"],
  ])("says what to change in %j", (voters, what) => {
    expect(refused(voters)).toBe(`the voters cannot be used: ${what}`);
  });
});

describe("VOTERS_MAX", () => {
  const most = Array.from({ length: VOTERS_MAX }, (_, index) => voter(index + 1));
  const more = [...most, voter(VOTERS_MAX + 1)];

  it("is how many voters there may be at most", () => {
    expect(checkVoters(most)).toHaveLength(240);
    expect(refused(more)).toBe(
      "the voters cannot be used: there are 241; name at most 240, and let the others observe",
    );
  });

  it("holds for a config that comes in bytes, too", () => {
    const bytes = encodeEnsembleConfig({ clusterId: "a", voters: most });
    expect(decodeEnsembleConfig(bytes).voters).toEqual(most);
    const longer = Uint8Array.from([...bytes.with(3, 241), 241, 1, 0, 0, 0, 1]);
    expect(decoded(longer)).toBe("TXN_CORRUPT");
    expect(decoded(longer.slice(0, -6).with(3, 240))).toEqual({ clusterId: "a", voters: most });
  });
});

describe("isVoter", () => {
  it("is true of those in the set, of weight 0 too", () => {
    const voters = [voter(1), voter(4, 0)];
    expect([1, 2, 4].map((peer) => isVoter(voters, peer as PeerId))).toEqual([true, false, true]);
  });
});

describe("voterSetDigest", () => {
  it("does not depend on the order, and does on everything else", () => {
    const digest = voterSetDigest(THREE);
    expect(voterSetDigest(THREE.toReversed())).toBe(digest);
    const others = [
      [voter(1), voter(2)],
      [voter(1), voter(2), voter(4)],
      [voter(1), voter(2), voter(3, 2)],
      [voter(1), voter(2), voter(3, 1, 2)],
      [...THREE, voter(4)],
    ];
    const digests = [digest, ...others.map(voterSetDigest)];
    expect(new Set(digests).size).toBe(6);
    expect(digests.every((value) => Number.isInteger(value) && value >= 0 && value < 2 ** 32)).toBe(true);
  });

  it("stays what it is: peers of different versions compare it", () => {
    expect(voterSetDigest(THREE)).toBe(0x86ae6c5a);
  });
});

describe("the bytes of a config", () => {
  it("are these", () => {
    const bytes = encodeEnsembleConfig({ clusterId: "ab", voters: [voter(1), voter(254, 0x01020304, 7)] });
    expect([...bytes]).toEqual([1, 2, 0x61, 0x62, 2, 1, 1, 0, 0, 0, 1, 0, 254, 7, 1, 2, 3, 4, 0]);
    const addressed = encodeEnsembleConfig({ clusterId: "a", voters: [{ ...voter(3), address: "h:1" }] });
    expect([...addressed]).toEqual([1, 1, 0x61, 1, 3, 1, 0, 0, 0, 1, 3, 0x68, 0x3a, 0x31]);
  });

  it("read back as what was written", () => {
    fc.assert(
      fc.property(configArbitrary, (config) => {
        expect(decodeEnsembleConfig(encodeEnsembleConfig(config))).toEqual(config);
      }),
    );
  });

  it("are refused, or those of exactly one config, whatever they are", () => {
    const mutation = fc.record({ at: fc.nat(), to: fc.integer({ min: 0, max: 255 }), cut: fc.nat({ max: 3 }) });
    let accepted = 0;
    fc.assert(
      fc.property(configArbitrary, mutation, (config, { at, to, cut }) => {
        const bytes = encodeEnsembleConfig(config);
        bytes[at % bytes.length] = to;
        const changed = bytes.slice(0, bytes.length - cut);
        const result = decoded(changed);
        if (typeof result === "string") {
          expect(result).toBe("TXN_CORRUPT");
        } else {
          accepted++;
          expect(encodeEnsembleConfig(result)).toEqual(changed);
        }
      }),
      { numRuns: 1000 },
    );
    expect(accepted).toBeGreaterThan(10);
  });

  it("are refused in each of these cases", () => {
    const good = [1, 1, 0x61, 2, 1, 1, 0, 0, 0, 1, 0, 3, 1, 0, 0, 0, 1, 0];
    const changed = (at: number, ...to: number[]): Uint8Array => Uint8Array.from(good.with(at, to[0] ?? 0));
    expect(decoded(Uint8Array.from(good))).toEqual({ clusterId: "a", voters: [voter(1), voter(3)] });
    const bad: readonly (readonly [what: string, bytes: Uint8Array])[] = [
      ["nothing", new Uint8Array()],
      ["another version", changed(0, 2)],
      ["no cluster id", Uint8Array.from([1, 0, ...good.slice(3)])],
      ["a cluster id that does not end", changed(1, 200)],
      ["a cluster id that is no text", changed(2, 10)],
      ["more voters than there are", changed(3, 3)],
      ["fewer voters than there are", changed(3, 1)],
      ["no voters", Uint8Array.from([1, 1, 0x61, 0])],
      ["voters that descend", changed(4, 4)],
      ["the same voter twice", changed(4, 3)],
      ["peer 0", changed(4, 0)],
      ["group 0", changed(5, 0)],
      ["a weight of 2^31", changed(6, 0x80)],
      ["a byte behind the end", Uint8Array.from([...good, 0])],
      ["no weight above 0", Uint8Array.from(good.with(9, 0).with(16, 0))],
      ["an address that does not end", changed(17, 1)],
      ["an address that is no text", Uint8Array.from([...good.with(17, 1), 0x1f])],
    ];
    expect(bad.filter(([, bytes]) => decoded(bytes) !== "TXN_CORRUPT").map(([what]) => what)).toEqual([]);
  });

  it("are written only for what was checked", () => {
    const assertion = expect.objectContaining({ code: "ASSERTION" });
    expect(() => encodeEnsembleConfig({ clusterId: "", voters: THREE })).toThrow(assertion);
    expect(() => encodeEnsembleConfig({ clusterId: "é", voters: THREE })).toThrow(assertion);
    expect(() => encodeEnsembleConfig({ clusterId: "a", voters: THREE.toReversed() })).toThrow(assertion);
    expect(() => encodeEnsembleConfig({ clusterId: "a", voters: [] })).toThrow(assertion);
  });
});
