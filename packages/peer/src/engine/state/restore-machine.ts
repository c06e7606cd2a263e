import { type CoreStateMachine, Restore, type StateMachineOptions } from "@coterie/core";
import { assert, type CheckpointReader, type LogPosition, type LogStorage, positionOf } from "@coterie/interface";
import { RECOVERY_READ_SIZE_MAX_BYTES } from "../../limits.ts";
import type { Slices } from "./slices.ts";

export interface Restored {
  readonly machine: CoreStateMachine;
  readonly position: LogPosition;
  /** Of its pages. */
  readonly checkpointSizeBytes: number;
}

/** The state that the store's checkpoint stands for. Rejects with CHECKPOINT_CORRUPT, or as the store does. */
export async function restoreMachine(
  storage: LogStorage,
  options: StateMachineOptions,
  slices: Slices,
): Promise<Restored> {
  const reader = await storage.openCheckpoint();
  assert(reader !== null, "the store has a checkpoint");
  try {
    return await restoreFrom(reader, options, slices);
  } finally {
    await reader.close();
  }
}

async function restoreFrom(reader: CheckpointReader, options: StateMachineOptions, slices: Slices): Promise<Restored> {
  const { checkpoint } = reader;
  const restore = new Restore(options);
  for (let index = 0; index < checkpoint.pageCount;) {
    const pages = await reader.read(index, RECOVERY_READ_SIZE_MAX_BYTES);
    for (const page of pages) {
      restore.addPage(page);
      if (slices.isOver) await slices.next();
    }
    index += pages.length;
  }
  while (restore.step()) if (slices.isOver) await slices.next();
  const machine = restore.finish({ zxid: checkpoint.zxid, digest: checkpoint.digest });
  machine.checkpoints.resume(checkpoint.baseSizeBytes, checkpoint.deltasSizeBytes);
  const checkpointSizeBytes = checkpoint.baseSizeBytes + checkpoint.deltasSizeBytes;
  return { machine, position: positionOf(checkpoint), checkpointSizeBytes };
}
