import { createQuorum, decodeEnsembleConfig, type Voter } from "@coterie/consensus";
import {
  checkOptions,
  type Clock,
  CoterieError,
  type Epoch,
  formatZxid,
  type OptionKinds,
  type Random,
  type Zxid,
} from "@coterie/interface";
import { createPlatformClock, createPlatformRandom } from "@coterie/platform";
import type { BackupHeader } from "../backup/backup-header.ts";
import { contentsOf, markOf } from "../backup/backup-source.ts";
import { writeBackup } from "../backup/write-backup.ts";
import { recover } from "../engine/state/recover.ts";
import { Replica } from "../engine/state/replica.ts";
import { Slices } from "../engine/state/slices.ts";
import { RECOVERY_SLICE_MAX_MS } from "../limits.ts";
import {
  isBetter,
  isFaulty,
  openSurvivor,
  positionAt,
  reportOf,
  type SurvivingStore,
  type Survivor,
  type SurvivorReport,
} from "./survivor.ts";

export interface LostQuorumOptions {
  /**
   * Takes a store that may have forgotten what it promised, if no other is left: what it has lost is lost. Default: false, and
   * nothing is recovered from such stores.
   */
  readonly acceptsAmnesia?: boolean;
  /** Default: Node.js's own time and randomness. */
  readonly clock?: Clock;
  readonly random?: Random;
}

/** What is left, what is taken of it, and what may be lost with the rest. */
export interface LostQuorumReport {
  readonly madeAtMs: number;
  readonly clusterId: string;
  /** Of the lost ensemble. */
  readonly voters: readonly number[];
  /** Voters of which no store was given. */
  readonly missing: readonly number[];
  readonly survivors: readonly SurvivorReport[];
  /** The name of the store whose log is taken, all of it. */
  readonly chosen: string;
  readonly zxid: number;
  readonly digest: string;
  readonly znodeCount: number;
  /** Sessions that a restore is going to end. */
  readonly sessionCount: number;
  /** Up to here everything was committed, as far as the survivors know. Behind it stands what may have been, and is kept. */
  readonly committedZxid: number;
  /** What nobody can say any more, in words. */
  readonly doubts: readonly string[];
}

export interface LostQuorumRecovery {
  readonly report: LostQuorumReport;
  /** For `restoreBackup`, before `close`. Throws as `Peer.backup` does of a damaged store. */
  backup(): AsyncGenerator<Uint8Array, void>;
  /** Closes the stores. Never rejects. */
  close(): Promise<void>;
}

const OPTIONS: OptionKinds<LostQuorumOptions> = { acceptsAmnesia: "boolean", clock: "object", random: "object" };

/**
 * For an ensemble of which no quorum is left, and whose other peers never come back: takes the best log that is left as an election
 * would, by current epoch and then by zxid, all of it, and makes a backup of it, of which `restoreBackup` makes a new ensemble that
 * refuses the peers of the old one. The stores are only read.
 *
 * Rejects with BAD_ARGUMENTS if no stores are given, or those of one peer twice, or if they are a quorum; with STORE_FOREIGN if they are
 * of several clusters; with DATA_INCONSISTENCY if it cannot be told which log is the best: the message says which store to leave out
 * if its loss is accepted; with STORE_CORRUPT, CHECKPOINT_CORRUPT or TXN_CORRUPT if the best log does not amount to a state.
 */
export async function recoverLostQuorum(
  stores: readonly SurvivingStore[],
  options: LostQuorumOptions = {},
): Promise<LostQuorumRecovery> {
  checkOptions("recoverLostQuorum", options, OPTIONS);
  const { clock = createPlatformClock(), random = createPlatformRandom(), acceptsAmnesia = false } = options;
  const close = async (): Promise<void> => {
    await Promise.all(stores.map(({ storage }) => storage.close()));
  };
  try {
    const opened: (Survivor | SurvivorReport)[] = [];
    for (const store of stores) opened.push(await openSurvivor(store));
    const survivors = opened.filter((store) => "found" in store);
    const reports = opened.map((store) => ("found" in store ? reportOf(store) : store));
    checkTogether(survivors, reports);
    const best = choose(survivors, acceptsAmnesia);
    await checkAgree(best, survivors);
    const hash = random.fork("path-hash");
    const replica = new Replica({ hashKey: { k0: hash.uint32(), k1: hash.uint32() } });
    const voters = await rebuild(best, replica, new Slices(clock, RECOVERY_SLICE_MAX_MS, () => undefined));
    checkQuorumLost(voters, survivors);
    const report = describe({ best, survivors, reports, replica, voters, madeAtMs: clock.wallTimeMs() });
    return { report, backup: () => backupOf(best, survivors, replica, clock), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Whether they are what is left of one cluster. */
function checkTogether(survivors: readonly Survivor[], reports: readonly SurvivorReport[]): void {
  const clusters = new Set(survivors.map(({ found }) => found.hardState.clusterId));
  if (clusters.size > 1) {
    const message = `the stores are of ${clusters.size} clusters, ${[...clusters].join(" and ")}: name those of one`;
    throw new CoterieError("STORE_FOREIGN", message);
  }
  const ids = new Set(survivors.map(({ found }) => found.hardState.peerId));
  if (ids.size < survivors.length) throw bad("two of the stores are of the same peer: name the later one");
  const [silent] = reports.filter(({ peerId }) => peerId === null);
  if (silent !== undefined) throw leaveOut(silent.name, silent.flaw ?? "it says nothing");
  if (survivors.length === 0) throw bad("no store is named: there is nothing to recover from");
}

function choose(survivors: readonly Survivor[], acceptsAmnesia: boolean): Survivor {
  const sound = survivors.filter(({ found }) => !found.hardState.isAmnesiac && !isFaulty(found));
  const best = bestOf(sound, isBetter);
  if (best !== null) {
    for (const other of survivors) {
      // Of what is damaged, epochs may say more than the log holds.
      const mayHoldMore = isBetter(other, best) || other.found.last.zxid > best.found.last.zxid;
      if (!sound.includes(other) && mayHoldMore)
        throw leaveOut(other.name, `${reportOf(other).flaw}, and it may hold more than the others`);
    }
    return best;
  }
  const readable = survivors.filter(({ found }) => !isFaulty(found));
  const longest = bestOf(readable, (one, other) => one.found.last.zxid > other.found.last.zxid);
  if (longest === null) {
    throw new CoterieError(
      "DATA_INCONSISTENCY",
      "no store has a log that can be read up to its end: let coterie doctor say what is wrong",
    );
  }
  if (!acceptsAmnesia) {
    const message =
      "every store that can be read may have forgotten what it promised, so nobody can say what is missing: " +
      "accept that (acceptsAmnesia, --accept-amnesia), or find another store";
    throw new CoterieError("DATA_INCONSISTENCY", message);
  }
  const damaged = survivors.find(({ found }) => isFaulty(found) && found.last.zxid > longest.found.last.zxid);
  if (damaged !== undefined)
    throw leaveOut(damaged.name, "entries of its log cannot be read, and it may hold more than the others");
  return longest;
}

function bestOf(
  survivors: readonly Survivor[],
  isBetterThan: (one: Survivor, other: Survivor) => boolean,
): Survivor | null {
  return survivors.reduce<Survivor | null>(
    (best, one) => (best === null || isBetterThan(one, best) ? one : best),
    null,
  );
}

/** By ZAB the best log holds what any of them knows to be committed. One that was rolled back, or forged, may not. */
async function checkAgree(best: Survivor, survivors: readonly Survivor[]): Promise<void> {
  for (const other of survivors) {
    const { committed } = other.found;
    if (committed > best.found.last.zxid) {
      throw leaveOut(
        other.name,
        `${formatZxid(committed)} is committed there, and the best log, in ${best.name}, ends before`,
      );
    }
    const [ours, theirs] = [await positionAt(best, committed), await positionAt(other, committed)];
    if (ours === null || theirs === null || ours.chainHash === theirs.chainHash) continue;
    throw leaveOut(other.name, `its history up to ${formatZxid(committed)} is another than that of ${best.name}`);
  }
}

/** The state at the end of its log; gives who votes there. */
async function rebuild(
  { name, storage, found }: Survivor,
  replica: Replica,
  slices: Slices,
): Promise<readonly Voter[]> {
  // As a new leader commits all that it has.
  const all = { ...found, committed: found.last.zxid, faults: [] };
  const config = await recover(storage, all, replica, slices);
  if (config === null || replica.position.zxid !== found.last.zxid) {
    throw new CoterieError(
      "STORE_CORRUPT",
      `the log in ${name} does not lead up to its end: let coterie doctor look at it`,
    );
  }
  return decodeEnsembleConfig(config).voters;
}

function checkQuorumLost(voters: readonly Voter[], survivors: readonly Survivor[]): void {
  const sound = survivors.filter(({ found }) => !found.hardState.isAmnesiac).map(({ found }) => found.hardState.peerId);
  if (!createQuorum({ voters }).isQuorum((peer) => sound.includes(peer))) return;
  throw bad(
    `the peers ${sound.join(", ")} are a quorum of ${voters.map(({ peer }) => peer).join(", ")}: start them, nothing is lost`,
  );
}

interface Findings {
  readonly best: Survivor;
  readonly survivors: readonly Survivor[];
  readonly reports: readonly SurvivorReport[];
  readonly replica: Replica;
  readonly voters: readonly Voter[];
  readonly madeAtMs: number;
}

function describe({ best, survivors, reports, replica, voters, madeAtMs }: Findings): LostQuorumReport {
  const { machine, position } = replica;
  const committed = Math.max(...survivors.map(({ found }) => found.committed)) as Zxid;
  const present: readonly number[] = survivors.map(({ found }) => found.hardState.peerId);
  const ids = voters.map(({ peer }) => peer as number);
  const missing = ids.filter((peer) => !present.includes(peer));
  const forgetful = survivors.filter(({ found }) => found.hardState.isAmnesiac);
  const mayHaveHadMore = [...missing, ...forgetful.map(({ found }) => found.hardState.peerId as number)];
  const doubts = [
    `What only peers ${mayHaveHadMore.join(", ")} had behind ${formatZxid(position.zxid)} is lost, acknowledged or not.`,
  ];
  if (committed < position.zxid) {
    doubts.push(
      `Whether the entries behind ${formatZxid(committed)} were committed nobody can say any more: they are kept.`,
    );
  }
  for (const { name } of forgetful) {
    doubts.push(
      `${name} may have forgotten entries that it had acknowledged: what the log that is taken lacks is lost.`,
    );
  }
  return {
    madeAtMs,
    clusterId: best.found.hardState.clusterId,
    voters: ids,
    missing,
    survivors: reports,
    chosen: best.name,
    zxid: position.zxid,
    digest: machine.digest,
    znodeCount: machine.statistics.znodeCount,
    sessionCount: machine.statistics.sessionCount,
    committedZxid: committed,
    doubts,
  };
}

async function* backupOf(
  { found, storage }: Survivor,
  survivors: readonly Survivor[],
  { machine, position }: Replica,
  clock: Clock,
): AsyncGenerator<Uint8Array, void> {
  const reader = await storage.openCheckpoint();
  const { clusterId, peerId, currentEpoch } = found.hardState;
  const header: BackupHeader = {
    clusterId,
    peerId,
    madeAtMs: clock.wallTimeMs(),
    zxid: position.zxid,
    chainHash: position.chainHash,
    // What any of them has promised, the new cluster begins above.
    acceptedEpoch: Math.max(...survivors.map((one) => one.found.hardState.acceptedEpoch)) as Epoch,
    currentEpoch,
    digest: machine.digest,
    checkpoint: markOf(reader),
  };
  try {
    yield* writeBackup(header, contentsOf({ header, storage, reader }));
  } finally {
    await reader?.close();
  }
}

function leaveOut(name: string, why: string): CoterieError {
  const advice = "leave out the one whose loss you accept";
  return new CoterieError("DATA_INCONSISTENCY", `it cannot be told which log is the best: ${name}: ${why}; ${advice}`);
}

function bad(what: string): CoterieError {
  return new CoterieError("BAD_ARGUMENTS", `nothing is recovered: ${what}`);
}
