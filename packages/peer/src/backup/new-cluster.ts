import { encodeEnsembleConfig, TAG_CONFIG, TAG_TXN, type Voter } from "@coterie/consensus";
import {
  chainHash,
  CoterieError,
  createZxid,
  type Epoch,
  EPOCH_MAX,
  epochOf,
  type LogEntry,
  type LogPosition,
  type Random,
  SESSION_NONE,
  type Zxid,
} from "@coterie/interface";
import { createHash } from "node:crypto";
import type { Replica } from "../engine/state/replica.ts";
import type { Slices } from "../engine/state/slices.ts";
import type { BackupHeader } from "./backup-header.ts";

export interface NewCluster {
  readonly clusterId: string;
  /** Nobody has led it, or will. */
  readonly epoch: Epoch;
  readonly voters: readonly Voter[];
}

const CHECK_DIGITS = 8;
const MINTED = /^[0-9a-f]{32}-[0-9a-f]{8}$/;

/**
 * What a backup becomes. The end of a cluster id says of which backup, epoch, voters and addresses it is: peers that were restored from
 * others would have other histories by the same name. The end of each session bears the time of the backup, so it says that, too.
 *
 * @throws CoterieError BAD_ARGUMENTS if `clusterId` is none that a restore of this has given, or if there is no such epoch.
 */
export function planCluster(
  header: BackupHeader,
  voters: readonly Voter[],
  epochRaise: number,
  given: string | null,
  random: Random,
): NewCluster {
  const highest = Math.max(header.acceptedEpoch, header.currentEpoch, epochOf(header.zxid));
  const epoch = highest + epochRaise;
  // One has to be left to lead it in.
  if (epoch >= EPOCH_MAX) {
    const message = `epochRaise is ${epochRaise}, and ${EPOCH_MAX - highest - 1} is the most behind epoch ${highest}`;
    throw new CoterieError("BAD_ARGUMENTS", message);
  }
  const minted = given?.slice(0, 32) ?? mint(random);
  const clusterId = `${minted}-${checkOf(header, voters, epoch, minted)}`;
  if (given === null || given === clusterId) return { clusterId, epoch: epoch as Epoch, voters };
  const why = MINTED.test(given)
    ? "was given for another backup, another epochRaise, or other voters or addresses: restore all voters with the same"
    : "is no cluster id that a restore has given: leave it out for the first voter, and take what that one gives";
  throw new CoterieError("BAD_ARGUMENTS", `the cluster id ${JSON.stringify(given.slice(0, 64))} ${why}`);
}

function mint(random: Random): string {
  const source = random.fork("cluster-id");
  return [0, 0, 0, 0].map(() => source.uint32().toString(16).padStart(8, "0")).join("");
}

function checkOf(header: BackupHeader, voters: readonly Voter[], epoch: number, clusterId: string): string {
  const { zxid, chainHash: hash, digest, clusterId: from, peerId, madeAtMs } = header;
  const parts = JSON.stringify([from, peerId, madeAtMs, zxid, hash, digest, epoch]);
  const config = encodeEnsembleConfig({ clusterId, voters });
  return createHash("sha256").update(parts).update(config).digest("hex").slice(0, CHECK_DIGITS);
}

/**
 * Takes a replica from what the old cluster was over into the new one: its voters, and the end of every session. The same txns at every
 * voter, as if a leader had proposed them. Gives how many sessions have ended.
 */
export async function enterCluster(
  replica: Replica,
  { clusterId, epoch, voters }: NewCluster,
  { madeAtMs: timeMs }: BackupHeader,
  slices: Slices,
): Promise<number> {
  let counter = 1;
  const config = encodeEnsembleConfig({ clusterId, voters });
  replica.apply(entryBehind(replica.position, createZxid(epoch, counter), TAG_CONFIG, config));
  const ids = [...replica.machine.sessions()].map(({ id }) => id);
  for (const id of ids) {
    counter += 1;
    const zxid = createZxid(epoch, counter);
    const context = { zxid, timeMs, sessionId: SESSION_NONE, cxid: 0, identities: [] };
    const txn = replica.machine.prepare({ kind: "closeSession", id }, context);
    replica.apply(entryBehind(replica.position, zxid, TAG_TXN, txn));
    if (slices.isOver) await slices.next();
  }
  return ids.length;
}

function entryBehind(previous: LogPosition, zxid: Zxid, tag: number, bytes: Uint8Array): LogEntry {
  return { zxid, tag, bytes, chainHash: chainHash(previous.chainHash, zxid, tag, bytes) };
}
