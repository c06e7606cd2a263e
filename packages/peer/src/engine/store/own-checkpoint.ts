import type { StateCheckpointSummary, StateCheckpointWriter } from "@coterie/core";
import { type CheckpointMark, type Clock, type LogBatch, type LogPosition, positionOf } from "@coterie/interface";
import { OWN_PAGES_SIZE_MAX_BYTES, OWN_PAGES_TURN_MAX_MS } from "../../limits.ts";
import type { Replica } from "../state/replica.ts";

export interface OwnCheckpointHost {
  readonly clock: Clock;
  readonly replica: Replica;
  addOwnPages(pages: readonly Uint8Array[]): void;
  /** It goes into the next batch. */
  taken(mark: CheckpointMark): void;
  /** The writer has more to do. */
  wake(): void;
}

/** The checkpoints that a peer takes of its own state: some pages a turn, while txns are applied. */
export class OwnCheckpoint {
  private readonly host: OwnCheckpointHost;
  private writer: StateCheckpointWriter | null = null;
  private at: LogPosition | null = null;
  /** Bytes of the log that the checkpoint does not stand for although they were applied before its mark. */
  private logSizeBytes = 0;
  private isAdding = false;
  private summary: StateCheckpointSummary | null = null;

  constructor(host: OwnCheckpointHost) {
    this.host = host;
  }

  /** Whether none is being written or stored. */
  get isIdle(): boolean {
    return this.writer === null && this.summary === null && !this.isAdding;
  }

  begin(): void {
    const { replica } = this.host;
    this.at = positionOf(replica.position);
    this.logSizeBytes = replica.logSizeBytes;
    this.writer = replica.machine.checkpoints.begin();
  }

  /** A turn's worth of pages, unless the last ones are not in the store's draft yet. */
  work(): void {
    const { writer, host } = this;
    if (writer === null || this.isAdding) return;
    const begunMs = host.clock.nowMs();
    const pages: Uint8Array[] = [];
    let sizeBytes = 0;
    while (sizeBytes < OWN_PAGES_SIZE_MAX_BYTES && host.clock.nowMs() - begunMs < OWN_PAGES_TURN_MAX_MS) {
      // What is done is told when its last pages are in the draft.
      if (writer.isDone) break;
      const step = writer.step();
      if (step.kind === "page") {
        pages.push(step.bytes);
        sizeBytes += step.bytes.length;
      } else if (step.kind === "done") {
        this.summary = step.summary;
      }
    }
    if (pages.length > 0) {
      this.isAdding = true;
      host.addOwnPages(pages);
    } else if (writer.isDone) {
      this.finish();
    } else {
      host.wake();
    }
  }

  pagesAdded(): void {
    this.isAdding = false;
    this.host.wake();
  }

  /** A batch is durable. True if it made this peer's own checkpoint the one to start from. */
  stored({ checkpoint }: LogBatch): boolean {
    const isOwn = checkpoint?.kind === "full" || checkpoint?.kind === "delta";
    if (!isOwn || this.summary === null || this.writer !== null) return false;
    const { replica } = this.host;
    replica.machine.checkpoints.confirm(this.summary);
    replica.logSizeBytes -= this.logSizeBytes;
    const { kind, pagesSizeBytes } = this.summary;
    replica.checkpointSizeBytes = pagesSizeBytes + (kind === "delta" ? replica.checkpointSizeBytes : 0);
    this.summary = null;
    return true;
  }

  /** Another peer's checkpoint comes in; or a stored page is damaged, on which the next one must not build. */
  abandon(): void {
    this.forget();
    this.host.replica.machine.checkpoints.abandon();
  }

  /** The state machine is another one now. */
  forget(): void {
    this.writer = null;
    this.summary = null;
  }

  private finish(): void {
    const { summary, at } = this;
    this.writer = null;
    if (summary === null || at === null) return;
    const { kind, digest, pageCount } = summary;
    this.host.taken({ ...at, kind, digest, pageCount });
  }
}
