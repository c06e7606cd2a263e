import { childrenOf, type Nodes } from "./reference-node.ts";
import { parentOf, selfAndAncestors } from "./reference-path.ts";

const QUOTA_ROOT = "/zookeeper/quota";
const LIMITS_NAME = "zookeeper_limits";
const STATS_NAME = "zookeeper_stats";

/** Semantics 2.5: where the limits and the usage of the subtree `path` are kept. */
export function limitsPathOf(path: string): string {
  return `${QUOTA_ROOT}${path}/${LIMITS_NAME}`;
}

export function statsPathOf(path: string): string {
  return `${QUOTA_ROOT}${path}/${STATS_NAME}`;
}

/** The subtree whose limits node `path` is, or undefined if it is none. */
export function subtreeLimitedBy(path: string): string | undefined {
  return subtreeOf(path, LIMITS_NAME);
}

/** The subtree whose usage node `path` is, or undefined if it is none. */
export function subtreeMeasuredBy(path: string): string | undefined {
  return subtreeOf(path, STATS_NAME);
}

/** The nodes directly below /zookeeper/quota would stand for an empty path and mean nothing. */
function subtreeOf(path: string, name: string): string | undefined {
  const parent = parentOf(path);
  if (parent === undefined || !parent.startsWith(`${QUOTA_ROOT}/`) || !path.endsWith(`/${name}`)) return undefined;
  return parent.slice(QUOTA_ROOT.length);
}

/** Semantics 2.5: the nearest of `path` and its ancestors that has limits. */
export function limitedSubtreeOf(nodes: Nodes, path: string): string | undefined {
  return selfAndAncestors(path).find((candidate) => candidate !== "/" && nodes.has(limitsPathOf(candidate)));
}

/** Key and value pairs in order of appearance; what is no `key=integer` is left out (semantics 2.5). */
type Pairs = Map<string, number>;

function parsePairs(data: Uint8Array | null): Pairs {
  const pairs: Pairs = new Map();
  for (const text of new TextDecoder().decode(data ?? new Uint8Array(0)).split(/[,;]+/)) {
    const [key = "", value = ""] = text.split("=");
    if (/^[+-]?\d+$/.test(value)) pairs.set(key, Number(value));
  }
  return pairs;
}

/** Count and bytes first, then the other keys sorted behind a `=` that stops older parsers (semantics 2.5). */
function formatPairs(pairs: Pairs): Uint8Array {
  const others = [...pairs.keys()].filter((key) => key !== "count" && key !== "bytes").sort();
  const head = `count=${valueOf(pairs, "count")},bytes=${valueOf(pairs, "bytes")}`;
  const tail = others.map((key) => `;${key}=${valueOf(pairs, key)}`).join("");
  return new TextEncoder().encode(others.length === 0 ? head : `${head}=${tail}`);
}

/** Unset is -1. */
function valueOf(pairs: Pairs, key: string): number {
  return pairs.get(key) ?? -1;
}

/** The usage of a subtree as it is now, itself included (semantics 2.5). A missing subtree uses nothing. */
export function measureUsage(nodes: Nodes, path: string): { count: number; bytes: number } {
  const node = nodes.get(path);
  if (node === undefined) return { count: 0, bytes: 0 };
  const total = { count: 1, bytes: node.data?.length ?? 0 };
  for (const name of childrenOf(nodes, path)) {
    const below = measureUsage(nodes, `${path}/${name}`);
    total.count += below.count;
    total.bytes += below.bytes;
  }
  return total;
}

/** Rewrites the usage node of `subtree` from a fresh count. Only its data changes, no field of its stat. */
export function resetUsage(nodes: Nodes, subtree: string): void {
  const usage = measureUsage(nodes, subtree);
  writeStats(nodes, subtree, new Map(Object.entries(usage)));
}

/** Moves the recorded usage of the nearest limited subtree, if there is one and its usage node exists. */
export function addUsage(nodes: Nodes, path: string, countDiff: number, bytesDiff: number): void {
  const subtree = limitedSubtreeOf(nodes, path);
  const stats = subtree === undefined ? undefined : nodes.get(statsPathOf(subtree));
  if (subtree === undefined || stats === undefined) return;
  const pairs = parsePairs(stats.data);
  pairs.set("count", valueOf(pairs, "count") + countDiff);
  pairs.set("bytes", valueOf(pairs, "bytes") + bytesDiff);
  writeStats(nodes, subtree, pairs);
}

function writeStats(nodes: Nodes, subtree: string, pairs: Pairs): void {
  const path = statsPathOf(subtree);
  const stats = nodes.get(path);
  if (stats !== undefined) nodes.set(path, { ...stats, data: formatPairs(pairs) });
}

/**
 * Semantics 2.5, with enforceQuota: whether the write would pass a hard limit of the nearest limited subtree.
 * Compared with the committed usage, so a multi's earlier operations do not count (semantics 2.3).
 */
export function exceedsQuota(committed: Nodes, path: string, countDiff: number, bytesDiff: number): boolean {
  const subtree = limitedSubtreeOf(committed, path);
  if (subtree === undefined) return false;
  const limits = parsePairs(committed.get(limitsPathOf(subtree))?.data ?? null);
  const stats = committed.get(statsPathOf(subtree));
  if (stats === undefined) return false;
  const usage = parsePairs(stats.data);
  return (
    passes(valueOf(usage, "count"), countDiff, valueOf(limits, "countHardLimit")) ||
    passes(valueOf(usage, "bytes"), bytesDiff, valueOf(limits, "byteHardLimit"))
  );
}

function passes(used: number, diff: number, hardLimit: number): boolean {
  return diff !== 0 && hardLimit > -1 && used + diff > hardLimit;
}
