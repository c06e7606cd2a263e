import {
  type StateCheckpointSummary,
  type StateCheckpointWriter,
  Restore,
  type CoreStateMachine,
  type StateMachineOptions,
} from "../../packages/core/src/index.ts";

/** A checkpoint as a storage would hold it. */
export interface StoredCheckpoint {
  readonly summary: StateCheckpointSummary;
  readonly pages: readonly Uint8Array[];
}

/** What to do between two txns. A number is that many steps of the checkpoint under way, if there is one. */
export type CheckpointAction = "begin" | "beginFull" | "finish" | "abandon" | number;

/**
 * Takes checkpoints of a machine piece by piece, and keeps what a storage would: the last full one that was confirmed
 * and the deltas after it.
 */
export class CheckpointTaker {
  /** Base first. */
  chain: StoredCheckpoint[];
  private readonly machine: CoreStateMachine;
  private writer: StateCheckpointWriter | null = null;
  private pages: Uint8Array[] = [];

  constructor(machine: CoreStateMachine, chain: readonly StoredCheckpoint[] = []) {
    this.machine = machine;
    this.chain = [...chain];
  }

  /** Returns the checkpoint that was completed by it. */
  act(action: CheckpointAction): StoredCheckpoint | undefined {
    const { checkpoints } = this.machine;
    switch (action) {
      case "begin":
      case "beginFull":
        // With nothing under way, giving up means that the next one does not build on those before.
        if (this.writer === null && action === "beginFull") checkpoints.abandon();
        this.writer ??= checkpoints.begin();
        return undefined;
      case "abandon":
        if (this.writer !== null) checkpoints.abandon();
        this.writer = null;
        this.pages = [];
        return undefined;
      case "finish":
        return this.steps(Number.POSITIVE_INFINITY);
      default:
        return this.steps(action);
    }
  }

  private steps(count: number): StoredCheckpoint | undefined {
    for (let i = 0; i < count && this.writer !== null; i++) {
      const step = this.writer.step();
      if (step.kind === "page") this.pages.push(step.bytes);
      if (step.kind === "done") return this.complete(step.summary);
    }
    return undefined;
  }

  private complete(summary: StateCheckpointSummary): StoredCheckpoint {
    this.machine.checkpoints.confirm(summary);
    const stored = { summary, pages: this.pages };
    this.chain = summary.kind === "full" ? [stored] : [...this.chain, stored];
    this.writer = null;
    this.pages = [];
    return stored;
  }
}

/** A full checkpoint, taken at once. */
export function checkpointOf(machine: CoreStateMachine): StoredCheckpoint {
  const taker = new CheckpointTaker(machine);
  taker.act("beginFull");
  return taker.act("finish")!;
}

/** The machine that a base and its deltas amount to, ready for further deltas. */
export function restoreChain(chain: readonly StoredCheckpoint[], options: StateMachineOptions): CoreStateMachine {
  const restore = new Restore(options);
  for (const { pages } of chain) for (const page of pages) restore.addPage(page);
  while (restore.step());
  const machine = restore.finish(chain.at(-1)!.summary);
  const [base = 0, ...deltas] = chain.map(({ summary }) => summary.pagesSizeBytes);
  machine.checkpoints.resume(
    base,
    deltas.reduce((sum, size) => sum + size, 0),
  );
  return machine;
}
