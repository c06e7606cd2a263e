import type { WallTimeMs } from "@coterie/interface";
import { isTtlOwner, OWNER_CONTAINER, ttlOfOwner } from "../tree/owner.ts";
import type { ZnodeId } from "../tree/znode-ids.ts";
import { CHILD_COUNT, CVERSION, MTIME, type ZnodeRef } from "../tree/znode-record.ts";
import type { ZnodeTree } from "../tree/znode-tree.ts";

interface ReapOptions {
  /** How long a container that never had a child is kept, by its mtime; 0 keeps it for ever. Default: 0. */
  readonly containerNeverUsedMaxMs: number;
}

/** A millisecond or so of looking. */
const LOOKS_MAX = 10_000;

/** Containers and TTL znodes, and which of them have had their time (semantics 2.4). */
export class ReapCandidates {
  private readonly tree: ZnodeTree;
  private readonly options: ReapOptions;
  private readonly containers = new Set<ZnodeId>();
  private readonly ttls = new Set<ZnodeId>();
  /** The candidates that were not looked at since all of them were. */
  private round: Generator<ZnodeId, undefined> = this.candidates();

  constructor(tree: ZnodeTree, options: ReapOptions) {
    this.tree = tree;
    this.options = options;
  }

  created(id: ZnodeId, owner: bigint): void {
    if (owner === OWNER_CONTAINER) this.containers.add(id);
    else if (isTtlOwner(owner)) this.ttls.add(id);
  }

  removed(id: ZnodeId): void {
    // Nearly no znode is either.
    if (this.containers.size > 0) this.containers.delete(id);
    if (this.ttls.size > 0) this.ttls.delete(id);
  }

  /**
   * The paths of at most `countMax` znodes that should be reaped at `nowMs`; whoever leads proposes a deleteContainer for
   * each. Looks at 10,000 candidates at most, and goes on with those behind them when it is asked again. Nothing that
   * is replicated changes.
   */
  dueAt(nowMs: WallTimeMs, countMax: number): string[] {
    const { tree } = this;
    const due: string[] = [];
    if (this.containers.size + this.ttls.size === 0) return due;
    for (let looks = 0; looks < LOOKS_MAX && due.length < countMax;) {
      const { value: id, done } = this.round.next();
      if (done === true) {
        this.round = this.candidates();
        // Who asks where the round before had just ended begins the next one.
        if (looks > 0) break;
        continue;
      }
      looks += 1;
      const ref = tree.ids.refOf(id);
      if (tree.records.get(ref, CHILD_COUNT) === 0 && this.isDue(id, ref, nowMs)) due.push(tree.pathOf(ref));
    }
    return due;
  }

  /** Each once. Candidates may come and go meanwhile. */
  private *candidates(): Generator<ZnodeId, undefined> {
    yield* this.containers;
    yield* this.ttls;
  }

  private isDue(id: ZnodeId, ref: ZnodeRef, nowMs: WallTimeMs): boolean {
    return this.ttls.has(id) ? this.isTtlDue(ref, nowMs) : this.isContainerDue(ref, nowMs);
  }

  private isContainerDue(ref: ZnodeRef, nowMs: WallTimeMs): boolean {
    if (this.tree.records.get(ref, CVERSION) > 0) return true;
    const { containerNeverUsedMaxMs } = this.options;
    return containerNeverUsedMaxMs > 0 && nowMs - this.tree.records.getLong(ref, MTIME) > containerNeverUsedMaxMs;
  }

  private isTtlDue(ref: ZnodeRef, nowMs: WallTimeMs): boolean {
    return nowMs - this.tree.records.getLong(ref, MTIME) > ttlOfOwner(this.tree.ownerOf(ref));
  }
}
