import type { WallTimeMs } from "@coterie/interface";
import { isTtlOwner, OWNER_CONTAINER, ttlOfOwner } from "../tree/owner.ts";
import type { ZnodeId } from "../tree/znode-ids.ts";
import { CHILD_COUNT, CVERSION, MTIME, type ZnodeRef } from "../tree/znode-record.ts";
import type { ZnodeTree } from "../tree/znode-tree.ts";

export interface ReapOptions {
  /** How long a container that never had a child is kept, by its mtime; 0 keeps it for ever. Default: 0. */
  readonly containerNeverUsedMaxMs: number;
}

/** Containers and TTL znodes, and which of them have had their time (semantics 2.4). */
export class ReapCandidates {
  private readonly tree: ZnodeTree;
  private readonly options: ReapOptions;
  private readonly containers = new Set<ZnodeId>();
  private readonly ttls = new Set<ZnodeId>();

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
   * The paths of at most `countMax` znodes that should be reaped at `nowMs`; whoever leads proposes a
   * deleteContainer for each. Pure: asking changes nothing.
   */
  dueAt(nowMs: WallTimeMs, countMax: number): string[] {
    const due: string[] = [];
    for (const [candidates, isDue] of [
      [this.containers, (ref: ZnodeRef) => this.isContainerDue(ref, nowMs)],
      [this.ttls, (ref: ZnodeRef) => this.isTtlDue(ref, nowMs)],
    ] as const) {
      for (const id of candidates) {
        if (due.length >= countMax) return due;
        const ref = this.tree.ids.refOf(id);
        if (this.tree.records.get(ref, CHILD_COUNT) === 0 && isDue(ref)) due.push(this.tree.pathOf(ref));
      }
    }
    return due;
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
