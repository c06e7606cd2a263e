import { nameOf, parentOf } from "../calls/paths.ts";

/** Which names are below each path. */
export class ChildNames {
  private readonly names = new Map<string, Set<string>>();

  add(path: string): void {
    if (path === "/") return;
    const parent = parentOf(path);
    const names = this.names.get(parent);
    if (names === undefined) this.names.set(parent, new Set([nameOf(path)]));
    else names.add(nameOf(path));
  }

  remove(path: string): void {
    if (path === "/") return;
    const parent = parentOf(path);
    const names = this.names.get(parent);
    if (names === undefined) return;
    names.delete(nameOf(path));
    if (names.size === 0) this.names.delete(parent);
  }

  of(path: string): string[] {
    return [...(this.names.get(path) ?? [])];
  }
}
