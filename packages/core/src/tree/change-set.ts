import type { ZnodeId, ZnodeIds } from "./znode-ids.ts";

/** What a running checkpoint does with a znode that is about to lose the value it had when the checkpoint froze. */
export interface ZnodeCapture {
  /** The znode still has that value, if it exists. Called once an id at most. */
  take(id: ZnodeId): void;
}

/** The ids whose znodes have changed since the checkpoint before. */
export interface FrozenChanges {
  /** The change set of an id for as long as its znode has not changed again. */
  readonly changeSet: number;
  readonly ids: readonly ZnodeId[];
}

/**
 * Which znodes have changed since the last checkpoint.
 *
 * `aboutToChange` is called before every change, creation and removal of a znode, which still is as it was. The
 * first such call after a freeze is the moment at which a checkpoint takes the value of a znode whose turn has
 * not come (design, decision 4).
 */
export class ChangeSet {
  private readonly ids: ZnodeIds;
  private current = 1;
  private changed: ZnodeId[] = [];
  private capture: ZnodeCapture | null = null;

  constructor(ids: ZnodeIds) {
    this.ids = ids;
  }

  /** How many ids the set that is being gathered lists. */
  get size(): number {
    return this.changed.length;
  }

  aboutToChange(id: ZnodeId): void {
    if (this.ids.changeSetOf(id) === this.current) return;
    if (this.capture !== null) this.capture.take(id);
    this.ids.setChangeSet(id, this.current);
    this.changed.push(id);
  }

  /** Ends the set, begins the next one, and shows znodes to `capture` before they change, until `release`. */
  freeze(capture: ZnodeCapture): FrozenChanges {
    const frozen: FrozenChanges = { changeSet: this.current, ids: this.changed };
    this.changed = [];
    this.current += 1;
    this.capture = capture;
    return frozen;
  }

  release(): void {
    this.capture = null;
  }
}
