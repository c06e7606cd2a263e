import { checkVoters, type Voter } from "@coterie/consensus";
import {
  checkInteger,
  checkOptions,
  type Clock,
  CoterieError,
  type Epoch,
  type HardState,
  isPeerId,
  type LogStorage,
  type OptionKinds,
  PEER_ID_MAX,
  type PeerId,
  type Random,
  shownOf,
} from "@coterie/interface";
import { createPlatformClock, createPlatformRandom } from "@coterie/platform";
import { Replica } from "../engine/state/replica.ts";
import { Slices } from "../engine/state/slices.ts";
import { RECOVERY_SLICE_MAX_MS, RESTORE_EPOCH_RAISE, RESTORE_PAGES_SIZE_MAX_BYTES } from "../limits.ts";
import type { BackupHeader } from "./backup-header.ts";
import { loadBackup } from "./load-backup.ts";
import { readAtOnce } from "./read-at-once.ts";
import { enterCluster, type NewCluster, planCluster } from "./new-cluster.ts";

export interface RestoreOptions {
  /** One that holds nothing, and that nobody has open. It is closed again. */
  readonly storage: LogStorage;
  /** Whose store it is going to be: one of `ensemble`. */
  readonly id: number;
  /** The voters of the new cluster, as all its peers will be given them; the same, addresses included, at every restore. */
  readonly ensemble: Readonly<Record<number, string>>;
  /** What the restore of the first voter has given; left out for that one. */
  readonly clusterId?: string;
  /** How far above all epochs that the backup knows the cluster begins; 1..2^21. The same at every restore. Default: 1,024. */
  readonly epochRaise?: number;
  /** Default: Node.js's own time and randomness. */
  readonly clock?: Clock;
  readonly random?: Random;
}

export interface Restored {
  /** For the restores of the other voters. */
  readonly clusterId: string;
  readonly epoch: number;
  /** Where the log begins, and what the state is there. */
  readonly zxid: number;
  readonly digest: string;
  readonly znodeCount: number;
  /** Sessions that were ended. */
  readonly sessionCount: number;
  readonly from: BackupHeader;
}

const RESTORE: OptionKinds<RestoreOptions> = {
  storage: "object",
  id: "any",
  ensemble: "object",
  clusterId: "string",
  epochRaise: "any",
  clock: "object",
  random: "object",
};

/**
 * Makes the store of one voter of a new cluster of what `Peer.backup` has given. All voters, or at least a majority, are restored from the
 * same backup before one of them is started; the others may start with nothing. Sessions end, and their ephemeral znodes with
 * them. The whole state is built in memory, and checked, before the store is touched.
 *
 * Rejects with BAD_ARGUMENTS, with STORE_FOREIGN if the storage holds something, with CHECKPOINT_CORRUPT or STORE_FORMAT_UNKNOWN if the
 * backup is damaged, cut short or of another version, with what the storage says, or with what `source` throws. What a crash leaves is
 * a store that counts in no quorum: remove it, and begin again.
 */
export async function restoreBackup(source: AsyncIterable<Uint8Array>, options: RestoreOptions): Promise<Restored> {
  const pieces = readAtOnce(source);
  let voters: readonly Voter[];
  try {
    voters = checkRestoreOptions(options);
    await openBlank(options.storage);
  } catch (error) {
    await pieces.return();
    throw error;
  }
  const { storage, epochRaise = RESTORE_EPOCH_RAISE, clusterId = null } = options;
  const { clock = createPlatformClock(), random = createPlatformRandom() } = options;
  try {
    const slices = new Slices(clock, RECOVERY_SLICE_MAX_MS, () => undefined);
    const hash = random.fork("path-hash");
    const replica = new Replica({ hashKey: { k0: hash.uint32(), k1: hash.uint32() } });
    const from = await loadBackup(pieces, replica, slices);
    const cluster = planCluster(from, voters, epochRaise, clusterId, random);
    const sessionCount = await enterCluster(replica, cluster, from, slices);
    await store(storage, replica, hardStateOf(options.id as PeerId, cluster, random), slices);
    const { machine, position } = replica;
    const { clusterId: id, epoch } = cluster;
    const { znodeCount } = machine.statistics;
    return { clusterId: id, epoch, zxid: position.zxid, digest: machine.digest, znodeCount, sessionCount, from };
  } finally {
    await storage.close();
  }
}

/** @throws CoterieError BAD_ARGUMENTS */
function checkRestoreOptions(options: RestoreOptions): readonly Voter[] {
  checkOptions("restoreBackup", options, RESTORE);
  const { id, ensemble, storage, epochRaise } = options;
  if (typeof storage?.open !== "function") throw bad(`storage is ${shownOf(storage)}, and has to be a LogStorage`);
  if (epochRaise !== undefined) checkInteger("epochRaise", epochRaise, 1, 2 ** 21);
  if (!isPeerId(id)) throw bad(`id is ${shownOf(id)}, which should be an integer in 1..${PEER_ID_MAX}`);
  if (ensemble === undefined) throw bad("ensemble is missing: name the voters of the new cluster");
  if (ensemble[id] === undefined) throw bad(`peer ${id} is none of the ensemble; observers need no restore`);
  return checkVoters(
    Object.keys(ensemble).map((peer) => {
      return { peer: Number(peer) as PeerId, weight: 1, group: 1, address: ensemble[Number(peer)]! };
    }),
  );
}

async function openBlank(storage: LogStorage): Promise<void> {
  const found = await storage.open();
  if (found.kind === "blank") return;
  await storage.close();
  const { peerId, clusterId } = found.hardState;
  const whose = `it holds the store of peer ${peerId} of the cluster ${clusterId}`;
  throw new CoterieError("STORE_FOREIGN", `nothing is restored over a store: ${whose}; give an empty place`);
}

function hardStateOf(peerId: PeerId, { clusterId, epoch }: NewCluster, random: Random): HardState {
  const source = random.fork("incarnation");
  const incarnation = (source.uint32() & 0x1fffff) * 2 ** 32 + source.uint32() + 1;
  return { clusterId, peerId, incarnation, acceptedEpoch: epoch, currentEpoch: epoch, isAmnesiac: false };
}

/** As another peer's checkpoint comes in. Until the last write the store is one that has forgotten everything, and is believed nothing. */
async function store(storage: LogStorage, replica: Replica, hardState: HardState, slices: Slices): Promise<void> {
  const none = 0 as Epoch;
  await storage.write({ hardState: { ...hardState, acceptedEpoch: none, currentEpoch: none, isAmnesiac: true } });
  const { machine, position } = replica;
  const writer = machine.checkpoints.begin();
  let pages: Uint8Array[] = [];
  let sizeBytes = 0;
  for (let step = writer.step(); ; step = writer.step()) {
    const isOver = step.kind === "done";
    if (step.kind === "page") {
      pages.push(step.bytes);
      sizeBytes += step.bytes.length;
    }
    if (pages.length > 0 && (isOver || sizeBytes >= RESTORE_PAGES_SIZE_MAX_BYTES)) {
      await storage.addPages(pages);
      pages = [];
      sizeBytes = 0;
    }
    if (step.kind === "done") {
      const { digest, pageCount } = step.summary;
      const { zxid, chainHash } = position;
      await storage.write({ hardState, checkpoint: { kind: "incoming", zxid, chainHash, digest, pageCount } });
      return;
    }
    if (slices.isOver) await slices.next();
  }
}

function bad(what: string): CoterieError {
  return new CoterieError("BAD_ARGUMENTS", `nothing can be restored: ${what}`);
}
