/** The path of the parent of the znode that `path` names; "/" is its own. */
export function parentPathOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash <= 0 ? "/" : path.slice(0, slash);
}
