import { PathSet } from "../path/path-set.ts";
import { DATA_LENGTH, DESCENDANT_COUNT, REF_NONE, type ZnodeRef } from "../tree/znode-record.ts";
import type { ZnodeTree } from "../tree/znode-tree.ts";
import type { Located } from "../txn/logged-operation.ts";
import { LIMITS_NODE, limitsPathOf, subtreeOfLimits, subtreeOfUsage, usagePathOf } from "./quota-paths.ts";
import { formatUsage, parseQuota, type QuotaNumbers } from "./quota-text.ts";

/**
 * Which subtrees have limits, and what they use (semantics 2.5). Usage is kept in znodes that every peer
 * rewrites by itself as it applies txns; all do the same, so it is replicated state like any other.
 */
export class Quotas {
  private readonly tree: ZnodeTree;
  /** The subtrees with limits. */
  private readonly limited = new PathSet();

  constructor(tree: ZnodeTree) {
    this.tree = tree;
  }

  /** A znode was created. */
  created(path: string, ref: ZnodeRef): void {
    const limited = subtreeOfLimits(path);
    if (limited !== undefined) this.limited.add(limited);
    // It counts as it was created: measuring may rewrite this very znode, and move it.
    const bytes = sizeOf(this.tree, ref);
    const used = subtreeOfUsage(path);
    if (used !== undefined) this.measure(used);
    if (!this.limited.isEmpty) this.add(path, 1, bytes);
  }

  /** The znode `ref` at `at` is about to be removed. */
  removing(at: Located, ref: ZnodeRef): void {
    if (this.limited.isEmpty) return;
    const limited = subtreeOfLimits(at.path);
    if (limited !== undefined) this.limited.remove(limited);
    if (!this.limited.isEmpty) this.add(at.path, -1, -sizeOf(this.tree, ref));
  }

  /** The data of the znode at `at` has grown by `bytes`. */
  resized(at: Located, bytes: number): void {
    if (!this.limited.isEmpty) this.add(at.path, 0, bytes);
  }

  /** Whether `count` more znodes or `bytes` more data at `path` would pass a hard limit. Soft limits never do. */
  isExceededBy(path: string, bytes: number, count: number): boolean {
    const subtree = this.limited.isEmpty ? undefined : this.nearest(path);
    if (subtree === undefined) return false;
    const limits = this.numbersAt(limitsPathOf(subtree));
    const usage = this.numbersAt(usagePathOf(subtree));
    if (limits === undefined || usage === undefined) return false;
    if (count !== 0 && limits.countHardLimit > -1 && usage.count + count > limits.countHardLimit) return true;
    return bytes !== 0 && limits.byteHardLimit > -1 && usage.bytes + bytes > limits.byteHardLimit;
  }

  /** Learns of the limits in a restored tree: call it for every znode. */
  restored(ref: ZnodeRef): void {
    if (!this.tree.isNamed(ref, LIMITS_NODE)) return;
    const limited = subtreeOfLimits(this.tree.pathOf(ref));
    if (limited !== undefined) this.limited.add(limited);
  }

  /** The deepest subtree with limits that holds `path`. */
  private nearest(path: string): string | undefined {
    return this.limited.onWayTo(path).at(-1);
  }

  private add(path: string, count: number, bytes: number): void {
    const subtree = this.nearest(path);
    if (subtree === undefined) return;
    const ref = this.tree.find(usagePathOf(subtree));
    if (ref === REF_NONE) return;
    const data = this.tree.dataOf(ref);
    const usage = parseQuota(data);
    this.tree.rewriteData(ref, formatUsage(data, usage.count + count, usage.bytes + bytes));
  }

  /** Writes what the subtree uses now into its usage znode: a walk over the subtree. */
  private measure(subtree: string): void {
    const { tree } = this;
    const ref = tree.find(usagePathOf(subtree));
    const top = tree.find(subtree);
    const count = top === REF_NONE ? 0 : tree.records.get(top, DESCENDANT_COUNT) + 1;
    const bytes = top === REF_NONE ? 0 : subtreeSize(tree, top);
    tree.rewriteData(ref, formatUsage(null, count, bytes));
  }

  private numbersAt(path: string): QuotaNumbers | undefined {
    const ref = this.tree.find(path);
    return ref === REF_NONE ? undefined : parseQuota(this.tree.dataOf(ref));
  }
}

function sizeOf(tree: ZnodeTree, ref: ZnodeRef): number {
  return Math.max(0, tree.records.get(ref, DATA_LENGTH));
}

/** Bytes of data in the subtree at `top`, by a walk without recursion: a tree may be 10,000 levels deep. */
function subtreeSize(tree: ZnodeTree, top: ZnodeRef): number {
  let bytes = 0;
  for (const ref of tree.children.subtree(top)) bytes += sizeOf(tree, ref);
  return bytes;
}
