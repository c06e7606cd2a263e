import { type PeerId, type Zxid, ZXID_NONE } from "@coterie/interface";
import { checkVoters, type Voter } from "./ensemble-config.ts";

/** Which sets of peers decide. Any two quorums of one voter set have a voter in common. */
export interface Quorum {
  /** Ascending. */
  readonly voters: readonly PeerId[];
  /** False for observers and unknown ids: they never count. */
  isVoter(peer: PeerId): boolean;
  /** 0 for whoever is no voter, too. Whoever has the weight 0 is never elected. */
  weightOf(peer: PeerId): number;
  /** Whether the peers for which `has` is true are, or contain, a quorum. */
  isQuorum(has: (peer: PeerId) => boolean): boolean;
}

/** The voters of one group that weigh something. */
interface Group {
  readonly members: readonly Voter[];
  readonly weight: number;
}

/**
 * Hierarchical quorums, as in ZooKeeper (zab.md, section 3): more than half of the groups that weigh something, and
 * in each of these more than half of its weight. Voters of one group and weight make the plain majority.
 *
 * @throws CoterieError BAD_ARGUMENTS as `checkVoters` does.
 */
export function createQuorum(config: { readonly voters: readonly Voter[] }): Quorum {
  const voters = checkVoters(config.voters);
  const weights: ReadonlyMap<PeerId, number> = new Map(voters.map((voter) => [voter.peer, voter.weight]));
  const groups = groupsOf(voters);
  return {
    voters: Object.freeze(voters.map((voter) => voter.peer)),
    isVoter: (peer) => weights.has(peer),
    weightOf: (peer) => weights.get(peer) ?? 0,
    isQuorum: majorityOf(groups) ?? ((has) => hasMostGroups(groups, has)),
  };
}

/**
 * For the time in which one voter set follows another: a quorum of each is needed. A voter of either is a voter, with
 * the greater of its weights.
 */
export function createJointQuorum(a: Quorum, b: Quorum): Quorum {
  const voters = [...new Set([...a.voters, ...b.voters])].sort((x, y) => x - y);
  return {
    voters: Object.freeze(voters),
    isVoter: (peer) => a.isVoter(peer) || b.isVoter(peer),
    weightOf: (peer) => Math.max(a.weightOf(peer), b.weightOf(peer)),
    isQuorum: (has) => a.isQuorum(has) && b.isQuorum(has),
  };
}

/** The highest zxid that a quorum has reached; `zxidOf` says how far a voter has come. */
export function quorumZxid(quorum: Quorum, zxidOf: (peer: PeerId) => Zxid): Zxid {
  let reached = ZXID_NONE;
  let candidate = ZXID_NONE;
  const hasReached = (peer: PeerId): boolean => zxidOf(peer) >= candidate;
  for (const peer of quorum.voters) {
    candidate = zxidOf(peer);
    if (candidate > reached && quorum.isQuorum(hasReached)) reached = candidate;
  }
  return reached;
}

function groupsOf(voters: readonly Voter[]): Group[] {
  const numbers = [...new Set(voters.map((voter) => voter.group))];
  return numbers.flatMap((number) => {
    const members = voters.filter((voter) => voter.group === number && voter.weight > 0);
    const weight = members.reduce((sum, voter) => sum + voter.weight, 0);
    return weight > 0 ? [{ members, weight }] : [];
  });
}

function hasMostGroups(groups: readonly Group[], has: (peer: PeerId) => boolean): boolean {
  let count = 0;
  for (const { members, weight } of groups) {
    let present = 0;
    for (const voter of members) if (has(voter.peer)) present += voter.weight;
    if (present * 2 > weight) count++;
  }
  return count * 2 > groups.length;
}

/** The fast path: null unless one group of equal weights is all there is. */
function majorityOf(groups: readonly Group[]): Quorum["isQuorum"] | null {
  const [only, other] = groups;
  if (only === undefined || other !== undefined) return null;
  const [first] = only.members;
  if (only.members.some((voter) => voter.weight !== first?.weight)) return null;
  const peers = only.members.map((voter) => voter.peer);
  const countMin = Math.floor(peers.length / 2) + 1;
  return (has) => {
    let count = 0;
    for (const peer of peers) if (has(peer)) count++;
    return count >= countMin;
  };
}
