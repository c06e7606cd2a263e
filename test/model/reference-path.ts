/** The text before the last slash, the root for a first-level node. Undefined if there is no slash at all. */
export function parentTextOf(path: string): string | undefined {
  const slash = path.lastIndexOf("/");
  return slash === -1 ? undefined : path.slice(0, slash);
}

/**
 * The key under which the parent of `path` would be stored. The parent text of "/a" is "", which names the root
 * (semantics 1: the root is held under both "" and "/"); so does the parent text "/" of "//" (semantics 2.1).
 */
export function parentOf(path: string): string | undefined {
  const text = parentTextOf(path);
  return text === "" ? "/" : text;
}

/** `path` itself and every ancestor up to the root, deepest first. */
export function selfAndAncestors(path: string): string[] {
  const result = [path];
  let current = path;
  while (current !== "/") {
    const parent = parentOf(current);
    if (parent === undefined) break;
    result.push(parent);
    current = parent;
  }
  return result;
}

/** Semantics 1.1. */
export function isValidPath(path: string): boolean {
  if (path.length === 0 || path[0] !== "/") return false;
  if (path === "/") return true;
  if (path.endsWith("/")) return false;
  for (const element of path.slice(1).split("/")) {
    if (element === "" || element === "." || element === "..") return false;
    for (let i = 0; i < element.length; i++) {
      if (isForbiddenUnit(element.charCodeAt(i))) return false;
    }
  }
  return true;
}

function isForbiddenUnit(unit: number): boolean {
  return (
    unit <= 0x1f ||
    (unit >= 0x7f && unit <= 0x9f) ||
    (unit >= 0xd800 && unit <= 0xf8ff) ||
    (unit >= 0xfff0 && unit <= 0xffff)
  );
}
