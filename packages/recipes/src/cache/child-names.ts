/** Which names are below each path. */
export class ChildNames {
  private readonly names = new Map<string, Set<string>>();

  add(path: string): void {
    const parent = parentOf(path);
    if (parent === null) return;
    const names = this.names.get(parent);
    if (names === undefined) this.names.set(parent, new Set([nameOf(path)]));
    else names.add(nameOf(path));
  }

  remove(path: string): void {
    const parent = parentOf(path);
    const names = parent === null ? undefined : this.names.get(parent);
    if (parent === null || names === undefined) return;
    names.delete(nameOf(path));
    if (names.size === 0) this.names.delete(parent);
  }

  of(path: string): string[] {
    return [...(this.names.get(path) ?? [])];
  }
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Null for the root. */
function parentOf(path: string): string | null {
  if (path === "/") return null;
  return path.slice(0, path.lastIndexOf("/")) || "/";
}
