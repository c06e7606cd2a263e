import { formatZxid, type PeerId } from "@coterie/interface";
import type { DiskImage, Observation } from "../observation.ts";
import { type DiskMirror, isSameState } from "./disk-mirror.ts";
import { type Invariant, Violation } from "./invariant.ts";
import type { PeerRecord, Witness } from "./witness.ts";

/** One synced batch in so many has its image looked at: taking one may cost as much as the log is long. */
const BATCHES_PER_LOOK = 64;

/**
 * What a disk holds is what its batches amount to, and its faults: neither the simulated disk nor the other invariants'
 * reading of it is wrong about `LogStorage`. Entries up to the checkpoint may be purged at any time.
 *
 * Source: `LogStorage` and `LogBatch` in @coterie/interface; design, R2.
 * Sound: two independent readings of the same batches are compared, at every start and at some batches. The end of a
 * chain stands for all entries up to it. It stands last, after the batch has been read.
 */
export function createDiskImage(witness: Witness): Invariant {
  let batches = 0;
  /** Disks that a fault has changed since their last start: what the store makes of that is for the store to say. */
  const changed = new Set<PeerId>();

  function compare(record: PeerRecord, image: DiskImage, isOpened: boolean): void {
    const { disk } = record;
    const checkpoint = image.checkpoint?.zxid ?? 0;
    if (image.base.zxid > disk.base.zxid && image.base.zxid <= checkpoint) disk.purge(image.base);
    const fault = differenceOf(disk, image, isOpened);
    if (fault !== null) throw new Violation("disk-image", `on the disk of peer ${record.peer}, ${fault}`);
  }

  return {
    name: "disk-image",
    observe(observation: Observation) {
      if (observation.kind === "started") {
        if (!changed.delete(observation.peer)) compare(witness.peer(observation.peer), observation.disk, true);
        witness.end(observation);
        return;
      }
      witness.end(observation);
      if (observation.kind === "disk-changed") changed.add(observation.peer);
      if (observation.kind !== "synced") return;
      batches++;
      if (batches % BATCHES_PER_LOOK === 0) compare(witness.peer(observation.peer), observation.disk(), false);
    },
  };
}

function differenceOf(disk: DiskMirror, image: DiskImage, isOpened: boolean): string | null {
  const last = image.entries.at(-1) ?? image.base;
  if (disk.base.zxid !== image.base.zxid)
    return `the base is ${formatZxid(image.base.zxid)}, not ${formatZxid(disk.base.zxid)}`;
  if (disk.lastZxid !== last.zxid) return `the end is ${formatZxid(last.zxid)}, not ${formatZxid(disk.lastZxid)}`;
  if (disk.lastHash !== last.chainHash)
    return `the end ${formatZxid(last.zxid)} has another chain hash than was written`;
  if (disk.zxids.length !== image.entries.length) return `there are ${image.entries.length} entries`;
  if (disk.committed !== image.committed)
    return `committed is ${formatZxid(image.committed)}, not ${formatZxid(disk.committed)}`;
  if (disk.checkpoint?.zxid !== image.checkpoint?.zxid) {
    return image.checkpoint === null
      ? "there is no checkpoint"
      : `the checkpoint is at ${formatZxid(image.checkpoint.zxid)}`;
  }
  return isSameState(disk.hardState, image.hardState, isOpened) ? null : "the hard state is not what was written";
}
