import type { Effect } from "@coterie/consensus";
import { type CheckpointMark, CoterieError, type LogBatch, type Zxid, ZXID_NONE } from "@coterie/interface";
import { RECOVERY_SLICE_MAX_MS } from "../../limits.ts";
import type { Run } from "../run.ts";
import { restoreMachine } from "../state/restore-machine.ts";
import { Slices } from "../state/slices.ts";
import { Backups } from "./backups.ts";
import { OwnCheckpoint } from "./own-checkpoint.ts";
import { PagesLane } from "./pages-lane.ts";
import { warnWhileSlow } from "./slow-store.ts";
import { Transfers } from "./transfers.ts";

type ReadLog = Extract<Effect, { readonly kind: "read-log" }>;

/** What a run does with its store. Each call's answer is an arrival; a call that fails ends the run (R5). */
export class StoreWork {
  readonly transfers: Transfers;
  readonly backups: Backups;
  private readonly run: Run;
  private readonly lane: PagesLane;
  private readonly own: OwnCheckpoint;
  private isPurging = false;
  private hasWritten = false;
  /** Where this peer's last checkpoint but one stands: the log behind it stays, for learners that lag a little. */
  private purgeUpTo: Zxid = ZXID_NONE;

  constructor(run: Run) {
    const failed = (error: unknown): void => run.fail(error);
    const { storage, clock, replica } = run.parts;
    this.run = run;
    this.lane = new PagesLane({
      storage,
      isPurging: () => this.isPurging,
      pagesAdded: (isOwn, draft) => run.arrive({ kind: "draft-grown", isOwn, draft }),
      failed,
    });
    this.own = new OwnCheckpoint({
      clock,
      replica,
      addOwnPages: (pages) => this.lane.add(pages, true),
      taken: (mark) => this.taken(mark),
      wake: () => run.wake(),
    });
    this.transfers = new Transfers({
      storage,
      arrive: (input) => run.arrive(input),
      damaged: (error) => this.pageDamaged(error),
      failed,
    });
    this.backups = new Backups({
      storage,
      replica,
      clock,
      view: () => run.view(),
      damaged: (error) => this.pageDamaged(error),
    });
  }

  write(batch: LogBatch): void {
    const { run } = this;
    const begunMs = run.nowMs();
    const { storage, clock, logger } = run.parts;
    const written = this.hasWritten
      ? storage.write(batch)
      : warnWhileSlow(clock, logger, "the first write", storage.write(batch));
    this.hasWritten = true;
    written.then(
      () => {
        run.parts.synced(run.nowMs() - begunMs);
        run.arrive({ kind: "batch-stored", batch });
      },
      (error: unknown) => run.fail(error),
    );
  }

  read({ reading, range, sizeMaxBytes }: ReadLog): void {
    const { run } = this;
    run.parts.storage.read(range, sizeMaxBytes).then(
      (result) => run.arrive({ kind: "log-read", reading, result }),
      (error: unknown) => run.fail(error),
    );
  }

  /** Pages of another peer's checkpoint. */
  addPages(pages: readonly Uint8Array[]): void {
    this.lane.add(pages, false);
  }

  dropPages(): void {
    this.own.abandon();
    this.lane.drop();
  }

  /** Becomes what the store's checkpoint says, in slices. */
  restore(): void {
    const { run } = this;
    const { storage, clock, replica } = run.parts;
    const slices = new Slices(clock, RECOVERY_SLICE_MAX_MS, () => {
      if (run.isEnded) throw new CoterieError("PEER_STOPPED");
    });
    restoreMachine(storage, replica.options, slices).then(
      (restored) => run.arrive({ kind: "state-restored", restored }),
      (error: unknown) => run.fail(error),
    );
  }

  stored(batch: LogBatch): void {
    if (!this.own.stored(batch)) return;
    const { replica } = this.run.parts;
    this.purgeUpTo = replica.checkpointZxid;
    replica.checkpointZxid = batch.checkpoint?.zxid ?? replica.checkpointZxid;
    this.purge();
  }

  purged(): void {
    this.isPurging = false;
    this.lane.run();
  }

  /** Whether that answers what consensus still waits for: pages of another peer's checkpoint, which was not given up since. */
  draftGrown(isOwn: boolean, draft: number): boolean {
    if (isOwn) this.own.pagesAdded();
    return !isOwn && draft === this.lane.draft;
  }

  /** The state machine is another one now. */
  forgetOwn(): void {
    this.own.forget();
  }

  /** A turn's worth of a checkpoint that is being written. */
  work(): void {
    this.own.work();
  }

  /** Now and then: begins a checkpoint if the log has grown by enough. */
  keep(): void {
    const { zab, replica, limits } = this.run.parts;
    if (replica.logSizeBytes < limits.checkpointIntervalBytes || !this.own.isIdle) return;
    if (zab.view().mayCheckpoint) this.own.begin();
  }

  /** Lets go of the log, as far as checkpoints stand for it and no learner needs it. */
  private purge(): void {
    const { run } = this;
    const { zab, storage } = run.parts;
    const { mayCheckpoint, purgeableZxid } = zab.view();
    const upTo = this.backups.purgeable(Math.min(this.purgeUpTo, purgeableZxid) as Zxid);
    if (this.isPurging || !mayCheckpoint || upTo === ZXID_NONE) return;
    this.isPurging = true;
    storage.purge(upTo).then(
      (base) => run.arrive({ kind: "purged", base }),
      (error: unknown) => run.fail(error),
    );
  }

  private taken(mark: CheckpointMark): void {
    this.run.input({ kind: "checkpoint-taken", mark });
  }

  /** The next checkpoint must not build on it. */
  private pageDamaged(error: CoterieError): void {
    this.run.parts.logger.error({ code: error.code }, error.message);
    if (this.own.isIdle) this.own.abandon();
  }
}
