import {
  assert,
  CHAIN_HASH_NONE,
  chainHash,
  CoterieError,
  isPeerId,
  PEER_ID_MAX,
  type PeerId,
  ZXID_NONE,
} from "@coterie/interface";
import { VOTERS_MAX } from "../limits.ts";
import { CLUSTER_ID_LENGTH_MAX, isClusterId } from "./cluster-id.ts";

/** A member that votes. All others that connect are observers. */
export interface Voter {
  readonly peer: PeerId;
  /** An integer in 0..2^31-1; a voter of weight 0 is never elected. 1 unless said. */
  readonly weight: number;
  /** 1..254. Voters of one group count against each other first (hierarchical quorums). 1 unless said. */
  readonly group: number;
  /**
   * Where it was when the cluster was founded, in the form of the peers' transport: printable ASCII, at most
   * `ADDRESS_LENGTH_MAX`. For people and clients to read; consensus goes by ids. "" unless said.
   */
  readonly address?: string;
}

/** Characters of a voter's address. */
export const ADDRESS_LENGTH_MAX = 255;

/** The voter set, as it stands in the log from its first entry on. */
export interface EnsembleConfig {
  /** 1..64 printable ASCII characters. */
  readonly clusterId: string;
  /** Ascending by peer; at least one, at most VOTERS_MAX. */
  readonly voters: readonly Voter[];
}

const VERSION = 1;
const WEIGHT_MAX = 2 ** 31 - 1;
const GROUP_MAX = 254;
/** Without the address. */
const VOTER_SIZE_BYTES = 6;
const PRINTABLE_ASCII = /^[ -~]*$/;

/**
 * The voters in ascending order, checked: a frozen copy.
 *
 * @throws CoterieError BAD_ARGUMENTS if no quorum can be made of them; the message says what to change.
 */
export function checkVoters(voters: readonly Voter[]): readonly Voter[] {
  const sorted = voters.map(({ peer, weight, group, address = "" }) => voterOf(peer, weight, group, address));
  sorted.sort((a, b) => a.peer - b.peer);
  const fault = faultOf(sorted);
  if (fault !== null) throw new CoterieError("BAD_ARGUMENTS", `the voters cannot be used: ${fault}`);
  return Object.freeze(sorted);
}

export function isVoter(voters: readonly Voter[], peer: PeerId): boolean {
  return voters.some((voter) => voter.peer === peer);
}

/**
 * Sums up the peers, weights and groups, in whatever order they stand, as an integer in 0..2^32-1: peers that go by
 * the same voters have the same, and others hardly ever do.
 */
export function voterSetDigest(voters: readonly Voter[]): number {
  const sorted = voters.toSorted((a, b) => a.peer - b.peer);
  const bytes = new Uint8Array(sorted.length * VOTER_SIZE_BYTES);
  sorted.forEach((voter, index) => writeVoter(bytes, index * VOTER_SIZE_BYTES, voter));
  return chainHash(CHAIN_HASH_NONE, ZXID_NONE, 0, bytes) >>> 0;
}

/**
 * The bytes of the config's log entry; equal configs have equal bytes: 1 byte version, 1 byte length of the cluster id
 * and its ASCII, 1 byte count of voters and for each, ascending, 1 byte peer, 1 byte group, 4 bytes weight (big-endian),
 * 1 byte length of the address and its ASCII.
 */
export function encodeEnsembleConfig(config: EnsembleConfig): Uint8Array {
  const { clusterId, voters } = config;
  assert(isClusterId(clusterId), "a cluster id is 1..64 printable ASCII characters");
  assert(faultOf(voters) === null, "the voters of a config have been checked");
  const voterSizes = voters.map(({ address = "" }) => VOTER_SIZE_BYTES + 1 + address.length);
  const bytes = new Uint8Array(voterSizes.reduce((sum, size) => sum + size, 3 + clusterId.length));
  bytes[0] = VERSION;
  writeText(bytes, 1, clusterId);
  let at = 2 + clusterId.length;
  bytes[at++] = voters.length;
  for (const voter of voters) {
    writeVoter(bytes, at, voter);
    writeText(bytes, at + VOTER_SIZE_BYTES, voter.address ?? "");
    at += VOTER_SIZE_BYTES + 1 + (voter.address ?? "").length;
  }
  return bytes;
}

/** @throws CoterieError TXN_CORRUPT if the bytes are not those that `encodeEnsembleConfig` gives for some config. */
export function decodeEnsembleConfig(bytes: Uint8Array): EnsembleConfig {
  const [version] = bytes;
  if (version !== VERSION) throw corrupt(`it has the version ${version}, this peer knows ${VERSION}`);
  const clusterId = readText(bytes, 1);
  if (clusterId.length > CLUSTER_ID_LENGTH_MAX) throw corrupt("its cluster id does not end");
  if (!isClusterId(clusterId)) throw corrupt("its cluster id is not printable ASCII");
  let at = 2 + clusterId.length;
  const count = bytes[at++];
  if (count === undefined) throw corrupt("it ends before its voters");
  const voters: Voter[] = [];
  for (let index = 0; index < count; index++) {
    if (at + VOTER_SIZE_BYTES > bytes.length) throw corrupt(`${bytes.length} bytes do not hold ${count} voters`);
    const address = readText(bytes, at + VOTER_SIZE_BYTES);
    voters.push(readVoter(bytes, at, address));
    at += VOTER_SIZE_BYTES + 1 + address.length;
  }
  if (at !== bytes.length) throw corrupt(`${bytes.length - at} bytes stand behind its ${count} voters`);
  const fault = faultOf(voters);
  if (fault !== null) throw corrupt(fault);
  return Object.freeze({ clusterId, voters: Object.freeze(voters) });
}

/** What is wrong with voters that should be sorted, in words; null if nothing is. */
function faultOf(voters: readonly Voter[]): string | null {
  let previous = 0;
  let weightMax = 0;
  for (const { peer, weight, group, address = "" } of voters) {
    if (!isPeerId(peer)) return `${peer} is no peer id, which is an integer in 1..${PEER_ID_MAX}`;
    if (peer === previous) return `peer ${peer} stands there twice; name each voter once`;
    if (peer < previous) return `peer ${peer} stands behind ${previous}; sort them`;
    if (!isIntegerWithin(weight, 0, WEIGHT_MAX)) {
      return `peer ${peer} has the weight ${weight}, which should be an integer in 0..${WEIGHT_MAX}`;
    }
    if (!isIntegerWithin(group, 1, GROUP_MAX)) {
      return `peer ${peer} has the group ${group}, which should be an integer in 1..${GROUP_MAX}`;
    }
    if (address.length > ADDRESS_LENGTH_MAX || !PRINTABLE_ASCII.test(address)) {
      return `the address of peer ${peer} is not at most ${ADDRESS_LENGTH_MAX} printable ASCII characters`;
    }
    previous = peer;
    weightMax = Math.max(weightMax, weight);
  }
  if (voters.length === 0) return "there are none; name at least one";
  if (voters.length > VOTERS_MAX)
    return `there are ${voters.length}; name at most ${VOTERS_MAX}, and let the others observe`;
  return weightMax === 0 ? "each has the weight 0; give at least one a weight above it" : null;
}

function isIntegerWithin(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}

function writeVoter(bytes: Uint8Array, at: number, { peer, group, weight }: Voter): void {
  bytes[at] = peer;
  bytes[at + 1] = group;
  bytes[at + 2] = weight >>> 24;
  bytes[at + 3] = weight >>> 16;
  bytes[at + 4] = weight >>> 8;
  bytes[at + 5] = weight;
}

function readVoter(bytes: Uint8Array, at: number, address: string): Voter {
  const weight = (bytes[at + 2]! << 24) | (bytes[at + 3]! << 16) | (bytes[at + 4]! << 8) | bytes[at + 5]!;
  return voterOf(bytes[at]! as PeerId, weight >>> 0, bytes[at + 1]!, address);
}

function voterOf(peer: PeerId, weight: number, group: number, address: string): Voter {
  return Object.freeze({ peer, weight, group, ...(address === "" ? {} : { address }) });
}

/** ASCII behind its length in one byte. */
function writeText(bytes: Uint8Array, at: number, text: string): void {
  bytes[at] = text.length;
  for (let index = 0; index < text.length; index++) bytes[at + 1 + index] = text.charCodeAt(index);
}

function readText(bytes: Uint8Array, at: number): string {
  const length = bytes[at];
  if (length === undefined || at + 1 + length > bytes.length) throw corrupt("it ends inside a text");
  return String.fromCharCode(...bytes.subarray(at + 1, at + 1 + length));
}

function corrupt(what: string): CoterieError {
  return new CoterieError("TXN_CORRUPT", `a voter set cannot be used: ${what}`);
}
