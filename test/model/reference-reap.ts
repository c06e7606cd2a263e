import { applyDelete } from "./reference-apply.ts";
import { childrenOf, CONTAINER_OWNER, ttlOf } from "./reference-node.ts";
import { type State, type Timing, useZxid } from "./reference-state.ts";

/**
 * Semantics 2.4: deletes what is due, the first `reapLimit` by path, each with a zxid of its own; returns the paths.
 * Who is due is settled before the first deletion, so a container emptied by this reap waits for the next.
 */
export function reap(state: State, { zxid, timeMs }: Timing): readonly string[] {
  const due = [...state.nodes.keys()].filter((path) => isDue(state, path, timeMs));
  const paths = due.sort().slice(0, state.options.reapLimit);
  for (const [i, path] of paths.entries()) {
    useZxid(state, zxid + i);
    applyDelete(path, state, { zxid: zxid + i, timeMs });
  }
  return paths;
}

function isDue({ nodes, options }: State, path: string, nowMs: number): boolean {
  const node = nodes.get(path);
  if (node === undefined || childrenOf(nodes, path).length > 0) return false;
  const ageMs = nowMs - node.mtimeMs;
  if (node.ephemeralOwner === CONTAINER_OWNER) {
    const limitMs = options.containerMaxNeverUsedIntervalMs;
    return node.cversion > 0 || (limitMs !== 0 && ageMs > limitMs);
  }
  const ttlMs = ttlOf(node.ephemeralOwner);
  return ttlMs !== undefined && ageMs > ttlMs;
}
