import { childOf, prefixOf } from "../calls/paths.ts";

/** What of the tree a cache keeps. */
export interface Region {
  readonly root: string;
  /** Levels below the root, which is 0 itself: from here on what is there is kept. */
  readonly depthMin: 0 | 1;
  /** Down to here. Infinity for everything. */
  readonly depthMax: number;
  /** By what users call a znode: its name below the root, where there is one level, otherwise its path. */
  readonly keys: "name" | "path";
}

/** -1 for what is not below the root. */
export function depthOf({ root }: Region, path: string): number {
  if (path === root) return 0;
  const prefix = prefixOf(root);
  if (!path.startsWith(prefix)) return -1;
  let depth = 1;
  for (let at = path.indexOf("/", prefix.length); at >= 0; at = path.indexOf("/", at + 1)) depth += 1;
  return depth;
}

export function keyOf({ root, keys }: Region, path: string): string {
  return keys === "path" ? path : path.slice(prefixOf(root).length);
}

export function pathOf({ root, keys }: Region, key: string): string {
  return keys === "path" ? key : childOf(root, key);
}
