import { type CoreStateMachine, Restore, type StateMachineOptions } from "@coterie/core";
import { assert, type CheckpointReader, type LogPosition, type LogStorage, positionOf } from "@coterie/interface";
import { RECOVERY_READ_SIZE_MAX_BYTES } from "../../limits.ts";
import { readAhead } from "./read-ahead.ts";
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
  for await (const pages of readAhead(pagesOf(reader))) {
    for (const page of pages) {
      restore.addPage(page);
      if (slices.isOver) await slices.next();
    }
  }
  while (restore.step()) if (slices.isOver) await slices.next();
  const machine = restore.finish({ zxid: checkpoint.zxid, digest: checkpoint.digest });
  machine.checkpoints.resume(checkpoint.baseSizeBytes, checkpoint.deltasSizeBytes);
  const checkpointSizeBytes = checkpoint.baseSizeBytes + checkpoint.deltasSizeBytes;
  return { machine, position: positionOf(checkpoint), checkpointSizeBytes };
}

async function* pagesOf(reader: CheckpointReader): AsyncGenerator<readonly Uint8Array[], void> {
  for (let index = 0; index < reader.checkpoint.pageCount;) {
    const pages = await reader.read(index, RECOVERY_READ_SIZE_MAX_BYTES);
    yield pages;
    index += pages.length;
  }
}
