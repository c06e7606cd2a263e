import { createZxid, type PeerId, type Zxid, ZXID_NONE } from "@coterie/interface";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Voter } from "../../src/quorum/ensemble-config.ts";
import { createJointQuorum, createQuorum, type Quorum, quorumZxid } from "../../src/quorum/quorum.ts";
import { voter, votersArbitrary } from "./voters.ts";

const plain = (...peers: number[]): Voter[] => peers.map((peer) => voter(peer));

function decides(quorum: Quorum, ...peers: number[]): boolean {
  return quorum.isQuorum((peer) => peers.includes(peer));
}

/** The rule once more, from the definition: group by group, with everything spelled out. */
function decidesByDefinition(voters: readonly Voter[], present: ReadonlySet<number>): boolean {
  const weightOfGroup = (group: number, among: (peer: PeerId) => boolean): number =>
    voters.filter((one) => one.group === group && among(one.peer)).reduce((sum, one) => sum + one.weight, 0);
  const groups = [...new Set(voters.map((one) => one.group))].filter((group) => weightOfGroup(group, () => true) > 0);
  const won = groups.filter(
    (group) => weightOfGroup(group, (peer) => present.has(peer)) > weightOfGroup(group, () => true) / 2,
  );
  return won.length > groups.length / 2;
}

describe("a quorum of plain voters", () => {
  it.each([
    [1, [1]],
    [2, [2]],
    [3, [2]],
    [4, [3]],
    [5, [3]],
    [9, [5]],
  ])("of %i is %i of them", (size, [least = 0]) => {
    const peers = Array.from({ length: size }, (_, index) => index + 1);
    const quorum = createQuorum({ voters: plain(...peers) });
    expect(quorum.voters).toEqual(peers);
    peers.forEach((count) => {
      expect(decides(quorum, ...peers.slice(0, count))).toBe(count >= least);
      expect(decides(quorum, ...peers.slice(-count))).toBe(count >= least);
    });
    expect(decides(quorum)).toBe(false);
  });

  it("never counts observers and unknown ids", () => {
    const quorum = createQuorum({ voters: plain(1, 2, 3) });
    expect(decides(quorum, 1, 4, 5, 6, 7, 254)).toBe(false);
    expect(quorum.isVoter(4 as PeerId)).toBe(false);
    expect(quorum.weightOf(4 as PeerId)).toBe(0);
    expect(quorum.weightOf(3 as PeerId)).toBe(1);
  });

  it("refuses voters of which no quorum can be made", () => {
    const badArguments = expect.objectContaining({ code: "BAD_ARGUMENTS" });
    expect(() => createQuorum({ voters: [] })).toThrow(badArguments);
    expect(() => createQuorum({ voters: [voter(1, 0)] })).toThrow(badArguments);
  });
});

describe("a quorum by weight", () => {
  it("is more than half of the weight", () => {
    const quorum = createQuorum({ voters: [voter(1, 3), voter(2, 1), voter(3, 1), voter(4, 1)] });
    expect(decides(quorum, 1)).toBe(false);
    expect(decides(quorum, 1, 2)).toBe(true);
    expect(decides(quorum, 2, 3, 4)).toBe(false);
  });

  it("does not depend on voters of weight 0, which are voters all the same", () => {
    const quorum = createQuorum({ voters: [voter(1), voter(2), voter(3), voter(4, 0), voter(5, 0)] });
    expect(decides(quorum, 1, 4, 5)).toBe(false);
    expect(decides(quorum, 1, 2)).toBe(true);
    expect(quorum.isVoter(4 as PeerId)).toBe(true);
    expect(quorum.weightOf(4 as PeerId)).toBe(0);
  });

  it("is one voter, if only one weighs anything", () => {
    const quorum = createQuorum({ voters: [voter(1, 0), voter(2, 5), voter(3, 0)] });
    expect([decides(quorum, 1, 3), decides(quorum, 2)]).toEqual([false, true]);
  });
});

describe("a hierarchical quorum", () => {
  const nine = createQuorum({
    voters: [1, 2, 3, 4, 5, 6, 7, 8, 9].map((peer) => voter(peer, 1, Math.ceil(peer / 3))),
  });

  it.each([
    [[1, 2, 4, 5], true],
    [[1, 2, 7, 9], true],
    [[1, 2, 3, 4, 7], false],
    [[1, 4, 7], false],
    [[1, 2, 3], false],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9], true],
  ])("of three groups of three: %j is %s", (peers, expected) => {
    expect(decides(nine, ...peers)).toBe(expected);
  });

  it("needs both of two groups", () => {
    const quorum = createQuorum({ voters: [voter(1), voter(2), voter(3), voter(4, 1, 2)] });
    expect([decides(quorum, 1, 2, 3), decides(quorum, 1, 2, 4)]).toEqual([false, true]);
  });

  it("does not count groups that weigh nothing", () => {
    const quorum = createQuorum({ voters: [voter(1), voter(2), voter(3), voter(4, 0, 2), voter(5, 0, 3)] });
    expect(decides(quorum, 1, 2)).toBe(true);
  });
});

describe("any quorum", () => {
  const peerSets = fc.tuple(votersArbitrary, fc.func(fc.boolean()), fc.func(fc.boolean()));

  it("is what the definition says", () => {
    const seen = new Set<boolean>();
    fc.assert(
      fc.property(peerSets, ([voters, choose]) => {
        const present = new Set(voters.map(({ peer }) => peer).filter((peer) => choose(peer)));
        const expected = decidesByDefinition(voters, present);
        seen.add(expected);
        expect(createQuorum({ voters }).isQuorum((peer) => present.has(peer))).toBe(expected);
      }),
      { numRuns: 1000 },
    );
    expect(seen.size).toBe(2);
  });

  it("has a voter in common with any other one", () => {
    let pairs = 0;
    fc.assert(
      fc.property(peerSets, ([voters, first, second]) => {
        const quorum = createQuorum({ voters });
        if (!quorum.isQuorum((peer) => first(peer)) || !quorum.isQuorum((peer) => second(peer))) return;
        pairs++;
        expect(voters.some(({ peer }) => first(peer) && second(peer))).toBe(true);
      }),
      { numRuns: 2000 },
    );
    expect(pairs).toBeGreaterThan(50);
  });

  it("contains a quorum whenever it is part of a larger set", () => {
    fc.assert(
      fc.property(peerSets, ([voters, first, second]) => {
        const quorum = createQuorum({ voters });
        const isFirst = quorum.isQuorum((peer) => first(peer));
        const isUnion = quorum.isQuorum((peer) => first(peer) || second(peer));
        expect(isUnion || !isFirst).toBe(true);
      }),
    );
  });
});

describe("a joint quorum", () => {
  const joint = createJointQuorum(
    createQuorum({ voters: [voter(1), voter(2), voter(3, 2)] }),
    createQuorum({ voters: plain(5, 4, 3) }),
  );

  it("needs a quorum of each", () => {
    expect(decides(joint, 2, 3)).toBe(false);
    expect(decides(joint, 3, 4)).toBe(false);
    expect(decides(joint, 4, 5)).toBe(false);
    expect(decides(joint, 1, 3, 5)).toBe(true);
    expect(decides(joint, 1, 2, 4, 5)).toBe(false);
  });

  it("has the voters of both, with their greater weight", () => {
    expect(joint.voters).toEqual([1, 2, 3, 4, 5]);
    expect([1, 3, 4, 6].map((peer) => joint.weightOf(peer as PeerId))).toEqual([1, 2, 1, 0]);
    expect([1, 4, 6].map((peer) => joint.isVoter(peer as PeerId))).toEqual([true, true, false]);
  });

  it("meets the quorums of either side", () => {
    fc.assert(
      fc.property(votersArbitrary, votersArbitrary, fc.func(fc.boolean()), (before, after, choose) => {
        const [a, b] = [createQuorum({ voters: before }), createQuorum({ voters: after })];
        const has = (peer: PeerId): boolean => choose(peer);
        expect(createJointQuorum(a, b).isQuorum(has)).toBe(a.isQuorum(has) && b.isQuorum(has));
      }),
    );
  });
});

describe("quorumZxid", () => {
  const reached = (quorum: Quorum, zxids: Readonly<Record<number, Zxid>>): Zxid =>
    quorumZxid(quorum, (peer) => zxids[peer] ?? ZXID_NONE);

  it("is what a majority has, and ZXID_NONE before one has anything", () => {
    const three = createQuorum({ voters: plain(1, 2, 3) });
    const [old, mid, high] = [createZxid(1, 9), createZxid(2, 1), createZxid(2, 5)];
    expect(reached(three, {})).toBe(ZXID_NONE);
    expect(reached(three, { 1: high })).toBe(ZXID_NONE);
    expect(reached(three, { 1: high, 2: old })).toBe(old);
    expect(reached(three, { 1: high, 2: old, 3: mid })).toBe(mid);
    expect(reached(three, { 1: high, 2: high, 3: mid })).toBe(high);
    expect(reached(three, { 1: old, 4: high, 5: high })).toBe(ZXID_NONE);
  });

  it("is the highest that a quorum has, as trying each one shows", () => {
    const counters = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 18, maxLength: 18 });
    const quorums = fc.oneof(
      votersArbitrary.map((voters) => createQuorum({ voters })),
      fc
        .tuple(votersArbitrary, votersArbitrary)
        .map(([a, b]) => createJointQuorum(createQuorum({ voters: a }), createQuorum({ voters: b }))),
    );
    fc.assert(
      fc.property(quorums, counters, (quorum, given) => {
        const zxidOf = (peer: PeerId): Zxid => createZxid(1, given[quorum.voters.indexOf(peer)] ?? 0);
        const all = [0, 1, 2, 3, 4, 5, 6].map((counter) => createZxid(1, counter));
        const expected = all.findLast((zxid) => quorum.isQuorum((peer) => zxidOf(peer) >= zxid));
        expect(quorumZxid(quorum, zxidOf)).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });
});
