import { assert, type CheckpointKind, type Checkpoints, type CheckpointSummary } from "@coterie/interface";
import type { State } from "../state.ts";
import { StateCheckpointWriter } from "./checkpoint-writer.ts";

/** Which kind of checkpoint comes next, and that only one is under way. */
export class StateCheckpoints implements Checkpoints {
  private readonly state: State;
  private running: StateCheckpointWriter | null = null;
  /** Bytes of the last full checkpoint that became durable; null when the next one must be full. */
  private baseSizeBytes: number | null = null;
  private deltasSizeBytes = 0;

  constructor(state: State) {
    this.state = state;
  }

  /**
   * Freezes the state as it is and begins to write it: what has changed since the last checkpoint, or everything
   * if there is none or its deltas have outgrown it.
   */
  begin(): StateCheckpointWriter {
    assert(this.running === null, "one checkpoint is under way at a time");
    const isDelta = this.baseSizeBytes !== null && this.deltasSizeBytes <= this.baseSizeBytes;
    const kind: CheckpointKind = isDelta ? "delta" : "full";
    this.running = new StateCheckpointWriter(this.state, kind);
    return this.running;
  }

  /** The checkpoint and its marker are durable. Until then the one before is what counts. */
  confirm(summary: CheckpointSummary): void {
    assert(this.running !== null && this.running.isDone, "a checkpoint is confirmed when it is done");
    this.running = null;
    if (summary.kind === "full") {
      this.baseSizeBytes = summary.pagesSizeBytes;
      this.deltasSizeBytes = 0;
    } else {
      assert(this.baseSizeBytes !== null, "a delta has a base");
      this.deltasSizeBytes += summary.pagesSizeBytes;
    }
  }

  /** Gives up the one under way. What it froze is lost to the next delta, so the next one is full. */
  abandon(): void {
    this.running?.release();
    this.running = null;
    this.baseSizeBytes = null;
  }

  /** The state was restored from a full checkpoint and its deltas, of these sizes. */
  resume(baseSizeBytes: number, deltasSizeBytes: number): void {
    this.baseSizeBytes = baseSizeBytes;
    this.deltasSizeBytes = deltasSizeBytes;
  }
}
