import type { StateCheckpointSummary, StateCheckpointWriter } from "@coterie/core";
import { type LogBatch, type LogPosition, positionOf } from "@coterie/interface";
import type { Life } from "./life.ts";

/** The checkpoints that a peer takes of its own state: page by page, while txns are applied. */
export class OwnCheckpoint {
  private readonly life: Life;
  private writer: StateCheckpointWriter | null = null;
  private at: LogPosition | null = null;
  /** Written, and on its way into a batch. */
  private summary: StateCheckpointSummary | null = null;

  constructor(life: Life) {
    this.life = life;
  }

  /** Whether none is being written or stored. */
  get isIdle(): boolean {
    return this.writer === null && this.summary === null;
  }

  begin(): void {
    const { replica, zab } = this.life;
    if (this.writer !== null || this.summary !== null || replica.position.zxid === 0) return;
    if (!zab.view().mayCheckpoint) return;
    this.at = positionOf(replica.position);
    this.writer = replica.machine.checkpoints.begin();
    this.step();
  }

  /** The next page, or the end. */
  step(): void {
    const { writer } = this;
    if (writer === null) return;
    const step = writer.step();
    if (step.kind === "page") return this.life.disk.addPages([step.bytes], true);
    if (step.kind === "more") return this.life.stepCheckpointLater();
    const { kind, digest, pageCount } = step.summary;
    this.summary = step.summary;
    this.writer = null;
    this.life.step({ kind: "checkpoint-taken", mark: { ...this.at!, kind, digest, pageCount } });
  }

  pagesAdded(): void {
    this.step();
  }

  stored({ checkpoint }: LogBatch): void {
    if (
      checkpoint === undefined ||
      checkpoint.kind === "incoming" ||
      checkpoint.kind === "covering" ||
      this.summary === null
    )
      return;
    this.life.replica.machine.checkpoints.confirm(this.summary);
    this.summary = null;
    this.life.host.probe(`own checkpoint taken (${checkpoint.kind})`);
  }

  /** Another peer's checkpoint comes in. */
  abandon(): void {
    this.writer = null;
    this.summary = null;
    this.life.replica.machine.checkpoints.abandon();
  }

  /** Pages of the checkpoint on disk cannot be read: the next one builds on none of them. */
  pagesDamaged(): void {
    if (this.writer === null && this.summary === null) this.life.replica.machine.checkpoints.abandon();
  }

  /** The state machine is another one now. */
  restored(): void {
    this.writer = null;
    this.summary = null;
  }
}
