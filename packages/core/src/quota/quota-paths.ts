import { QUOTA_PATH } from "../tree/system-znodes.ts";

/** The name of a znode with limits. */
export const LIMITS_NODE = "zookeeper_limits";
const LIMITS_NAME = `/${LIMITS_NODE}`;
const USAGE_NAME = "/zookeeper_stats";
const QUOTA_PREFIX = `${QUOTA_PATH}/`;

/** Where the limits of the subtree at `path` stand. */
export function limitsPathOf(path: string): string {
  return QUOTA_PATH + path + LIMITS_NAME;
}

/** Where the usage of the subtree at `path` stands. */
export function usagePathOf(path: string): string {
  return QUOTA_PATH + path + USAGE_NAME;
}

/** The subtree that a limits znode is about, or undefined if `path` is none. */
export function subtreeOfLimits(path: string): string | undefined {
  return subtreeOf(path, LIMITS_NAME);
}

/** The subtree that a usage znode is about, or undefined if `path` is none. */
export function subtreeOfUsage(path: string): string | undefined {
  return subtreeOf(path, USAGE_NAME);
}

function subtreeOf(path: string, name: string): string | undefined {
  if (!path.startsWith(QUOTA_PREFIX) || !path.endsWith(name)) return undefined;
  const subtree = path.slice(QUOTA_PATH.length, path.length - name.length);
  return subtree === "" ? undefined : subtree;
}
