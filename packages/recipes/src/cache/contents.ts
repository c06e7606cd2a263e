import type { CoterieError } from "@coterie/interface";
import type { Znode } from "@coterie/session";
import type { CacheEvent } from "./cache-event.ts";
import { nameOf } from "../calls/paths.ts";
import { ChildNames } from "./child-names.ts";
import { keyOf, type Region } from "./region.ts";

/** What is in a cache. Every change of it is told, when it is done. */
export class Contents {
  readonly entries: Map<string, Znode> = new Map();
  /** Null where there is one level, whose names are the keys. */
  readonly children: ChildNames | null;
  /** By path: what may not be read. */
  readonly denied: Map<string, CoterieError> = new Map();
  private readonly region: Region;
  private readonly tellAll: (event: CacheEvent) => void;
  /** Grows with each change. */
  revision = 0;
  private bytes = 0;

  constructor(region: Region, tell: (event: CacheEvent) => void) {
    this.children = region.keys === "path" ? new ChildNames() : null;
    this.region = region;
    this.tellAll = tell;
  }

  /** Of the data, and characters of the paths; with what may not be read. */
  get size(): { readonly znodes: number; readonly bytes: number } {
    return { znodes: this.entries.size + this.denied.size, bytes: this.bytes };
  }

  get(path: string): Znode | undefined {
    return this.entries.get(keyOf(this.region, path));
  }

  /** What was read; nothing if it is no newer than what is here. True if it is another znode than was here. */
  put(path: string, znode: Znode): boolean {
    const previous = this.get(path);
    // One that was created later has a later mzxid, too.
    if (previous !== undefined && znode.stat.mzxid <= previous.stat.mzxid) return false;
    this.allow(path);
    if (previous === undefined) this.children?.add(path);
    this.entries.set(keyOf(this.region, path), znode);
    this.bytes += sizeOf(path, znode) - (previous === undefined ? 0 : sizeOf(path, previous));
    const named = { path, name: nameOf(path) };
    if (previous !== undefined && previous.stat.czxid === znode.stat.czxid) {
      this.tell({ kind: "changed", ...named, znode, previous });
      return false;
    }
    // Not by version: that is 0 again for one that was created anew (WA-03).
    if (previous !== undefined) this.tell({ kind: "removed", ...named, previous });
    this.tell({ kind: "added", ...named, znode });
    return true;
  }

  remove(path: string): void {
    this.allow(path);
    const previous = this.get(path);
    if (previous === undefined) return;
    this.children?.remove(path);
    this.entries.delete(keyOf(this.region, path));
    this.bytes -= sizeOf(path, previous);
    this.tell({ kind: "removed", path, name: nameOf(path), previous });
  }

  deny(path: string, error: CoterieError): void {
    const isNew = !this.denied.has(path);
    this.remove(path);
    this.denied.set(path, error);
    this.bytes += path.length;
    if (isNew) this.tell({ kind: "denied", path, name: nameOf(path), error });
  }

  private tell(event: CacheEvent): void {
    this.revision += 1;
    this.tellAll(event);
  }

  private allow(path: string): void {
    if (this.denied.delete(path)) this.bytes -= path.length;
  }
}

function sizeOf(path: string, { data }: Znode): number {
  return path.length + (data?.length ?? 0);
}
