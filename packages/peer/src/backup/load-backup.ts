import { Restore } from "@coterie/core";
import { AssertionError, CoterieError, type LogEntry, positionOf } from "@coterie/interface";
import type { Replica } from "../engine/state/replica.ts";
import type { Slices } from "../engine/state/slices.ts";
import type { BackupHeader } from "./backup-header.ts";
import { damaged } from "./damaged.ts";
import { readBackup } from "./read-backup.ts";

/**
 * Brings an empty replica to what a backup holds. Rejects as `readBackup` throws, and with CHECKPOINT_CORRUPT if the parts do not amount to
 * the digest of the header, or to no state; then the replica is of no use.
 */
export async function loadBackup(
  source: AsyncIterable<Uint8Array>,
  replica: Replica,
  slices: Slices,
): Promise<BackupHeader> {
  let header: BackupHeader | null = null;
  let restore: Restore | null = null;
  const buildTree = async (): Promise<void> => {
    if (restore === null || header === null || header.checkpoint === null) return;
    const [building, mark] = [restore, header.checkpoint];
    while (believing(() => building.step())) if (slices.isOver) await slices.next();
    const machine = believing(() => building.finish(mark));
    replica.become({ machine, position: positionOf(mark), checkpointSizeBytes: 0 });
    restore = null;
  };
  for await (const item of readBackup(source)) {
    if (item.kind === "header") {
      header = item.header;
      if (header.checkpoint !== null) restore = new Restore(replica.options);
    } else if (item.kind === "page") {
      // Pages of a backup without a checkpoint are too many: the trailer is wrong then.
      believing(() => restore?.addPage(item.bytes));
    } else {
      await buildTree();
      if (item.kind === "entries") await applyAll(item.entries, replica, slices);
    }
    if (slices.isOver) await slices.next();
  }
  if (header === null) throw damaged("it has no header");
  const { digest } = replica.machine;
  if (digest !== header.digest) throw damaged(`it amounts to the digest ${digest}, and was made of ${header.digest}`);
  return header;
}

async function applyAll(entries: readonly LogEntry[], replica: Replica, slices: Slices): Promise<void> {
  for (const entry of entries) {
    believing(() => replica.apply(entry));
    if (slices.isOver) await slices.next();
  }
}

/** What is well-formed, and was never written by a peer, breaks rules of the state machine. */
function believing<Value>(build: () => Value): Value {
  try {
    return build();
  } catch (error) {
    if (!(error instanceof CoterieError || error instanceof AssertionError)) throw error;
    throw damaged(`its parts amount to no state: ${error.message}`, error);
  }
}
