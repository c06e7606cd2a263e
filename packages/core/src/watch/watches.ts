import { assert, type ErrorCode, type Zxid } from "@coterie/interface";
import { type Acl, PERMISSIONS, WATCHER_TYPES } from "@coterie/protocol";
import type { AuthId } from "../acl/auth-id.ts";
import { isPermitted } from "../acl/permissions.ts";
import type { CoreLimits } from "../limits.ts";
import { parentPathOf } from "../path/split-path.ts";
import type { Located } from "../txn/logged-operation.ts";
import type { WatcherId, WatchEvent, WatchEventKind } from "./watch-event.ts";
import { ANY_MODE, NO_WATCHERS, PERSISTENT, RECURSIVE, STANDARD, watchSizeOf, WatchTable } from "./watch-table.ts";

type WatchLimits = Pick<CoreLimits, "watchesPerWatcherMax" | "watchesSizePerWatcherMaxBytes">;

/** Where `Watches` puts the events of the txn that is being applied. */
export type EventSink = WatchEvent[];

/**
 * All watches of this peer, and the rules by which they fire (client-protocol 7). Local to the peer, per
 * connection, and gone with it; the order of the events it gives is the order of the txns.
 */
export class Watches {
  private readonly data = new WatchTable();
  private readonly children = new WatchTable();
  private readonly identities = new Map<WatcherId, readonly AuthId[]>();
  private readonly limits: WatchLimits;
  private next: WatcherId = 1;

  constructor(limits: WatchLimits) {
    this.limits = limits;
  }

  /** Paths watched and watchers with at least one watch, over both tables, for statistics and leak tests. */
  get counts(): { readonly paths: number; readonly watchers: number } {
    return {
      paths: this.data.pathCount + this.children.pathCount,
      watchers: new Set([...this.data.watchers(), ...this.children.watchers()]).size,
    };
  }

  /** Who watches each path for its data, recursive watches included: the table that ZooKeeper's wchs and wchp show. */
  dataWatches(): IterableIterator<readonly [path: string, watchers: readonly WatcherId[]]> {
    return this.data.entries();
  }

  /** A new watcher, whose events are filtered by what `identities` may read. */
  open(identities: readonly AuthId[]): WatcherId {
    const watcher = this.next;
    this.next += 1;
    this.identities.set(watcher, identities);
    return watcher;
  }

  /** The connection has shown another identity. */
  identify(watcher: WatcherId, identities: readonly AuthId[]): void {
    assert(this.identities.has(watcher), "only an open watcher is identified");
    this.identities.set(watcher, identities);
  }

  /** Whether `watcher` may be told of a znode with this ACL: its name is as secret as what is in it (CVE-2024-23944). */
  mayHear(watcher: WatcherId, acl: readonly Acl[]): boolean {
    return isPermitted(acl, PERMISSIONS.READ, this.identities.get(watcher)!);
  }

  /** Forgets the watcher and its watches. */
  close(watcher: WatcherId): void {
    this.data.drop(watcher);
    this.children.drop(watcher);
    this.identities.delete(watcher);
  }

  /** Whether `watcher` may watch these paths too; one that is to stand in both tables is named twice. */
  hasRoom(watcher: WatcherId, paths: readonly string[]): boolean {
    const { data, children, limits } = this;
    const count = data.countOf(watcher) + children.countOf(watcher) + paths.length;
    if (count > limits.watchesPerWatcherMax) return false;
    const size = paths.reduce((sum, path) => sum + watchSizeOf(path), 0);
    return data.sizeOf(watcher) + children.sizeOf(watcher) + size <= limits.watchesSizePerWatcherMaxBytes;
  }

  watchData(path: string, watcher: WatcherId): void {
    this.assertOpen(watcher);
    this.data.add(path, watcher, STANDARD);
  }

  watchChildren(path: string, watcher: WatcherId): void {
    this.assertOpen(watcher);
    this.children.add(path, watcher, STANDARD);
  }

  watchPersistently(path: string, watcher: WatcherId): void {
    this.assertOpen(watcher);
    this.data.add(path, watcher, PERSISTENT);
    this.children.add(path, watcher, PERSISTENT);
  }

  watchRecursively(path: string, watcher: WatcherId): void {
    this.assertOpen(watcher);
    this.data.add(path, watcher, RECURSIVE);
  }

  /** checkWatches: null if `watcher` has a watch of the wire number `type` on exactly `path`. */
  check(path: string, watcher: WatcherId, type: number): ErrorCode | null {
    const modes = modesOfType(type);
    if (modes === undefined) return "MARSHALLING_ERROR";
    const isThere = this.data.has(path, watcher, modes.data) || this.children.has(path, watcher, modes.children);
    return isThere ? null : "NO_WATCHER";
  }

  /** removeWatches: as `check`, and they are gone. */
  remove(path: string, watcher: WatcherId, type: number): ErrorCode | null {
    const modes = modesOfType(type);
    if (modes === undefined) return "MARSHALLING_ERROR";
    const fromData = this.data.remove(path, watcher, modes.data);
    const fromChildren = this.children.remove(path, watcher, modes.children);
    return fromData || fromChildren ? null : "NO_WATCHER";
  }

  created(sink: EventSink, at: Located, acl: readonly Acl[], zxid: Zxid): void {
    this.tell(sink, "NodeCreated", at, zxid, triggered(this.data, at), acl);
  }

  changed(sink: EventSink, at: Located, acl: readonly Acl[], zxid: Zxid): void {
    this.tell(sink, "NodeDataChanged", at, zxid, triggered(this.data, at), acl);
  }

  deleted(sink: EventSink, at: Located, acl: readonly Acl[], zxid: Zxid): void {
    const told = triggered(this.data, at);
    this.tell(sink, "NodeDeleted", at, zxid, told, acl);
    // Who has heard it from the data table is not told again, even if the ACL kept the news from them.
    const others = triggered(this.children, at);
    const already = told.length === 0 || others.length === 0 ? null : new Set(told);
    const news = already === null ? others : others.filter((watcher) => !already.has(watcher));
    this.tell(sink, "NodeDeleted", at, zxid, news, acl);
  }

  /** The znode at `child` was created or deleted; `acl` is its parent's. */
  childrenChanged(sink: EventSink, child: Located, acl: readonly Acl[], zxid: Zxid): void {
    if (this.children.isEmpty) return;
    const parent: Located = { path: parentPathOf(child.path) };
    this.tell(sink, "NodeChildrenChanged", parent, zxid, triggered(this.children, parent), acl);
  }

  /** A watch of a connection that is gone would never go, and nobody could say what it may read. */
  private assertOpen(watcher: WatcherId): void {
    assert(this.identities.has(watcher), "only an open watcher watches");
  }

  /** Only who may read the znode is told; the watches of the others are used up all the same (ZOOKEEPER 3.9). */
  private tell(
    sink: EventSink,
    kind: WatchEventKind,
    at: Located,
    zxid: Zxid,
    concerned: readonly WatcherId[],
    acl: readonly Acl[],
  ): void {
    if (concerned.length === 0) return;
    const watchers = isPermitted(acl, PERMISSIONS.READ, [])
      ? concerned
      : concerned.filter((watcher) => this.mayHear(watcher, acl));
    if (watchers.length > 0) sink.push({ kind, path: at.path, zxid, watchers });
  }
}

/** Without a watch nobody asks for the path. */
function triggered(table: WatchTable, at: Located): readonly WatcherId[] {
  return table.isEmpty ? NO_WATCHERS : table.trigger(at.path);
}

interface WatchModes {
  readonly data: number;
  readonly children: number;
}

/** Which watches a watcher type means, table by table (client-protocol 7.1). */
function modesOfType(type: number): WatchModes | undefined {
  switch (type) {
    case WATCHER_TYPES.Children:
      return { data: 0, children: STANDARD };
    case WATCHER_TYPES.Data:
      return { data: STANDARD, children: 0 };
    case WATCHER_TYPES.Any:
      return { data: ANY_MODE, children: ANY_MODE };
    case WATCHER_TYPES.Persistent:
      return { data: PERSISTENT, children: PERSISTENT };
    case WATCHER_TYPES.PersistentRecursive:
      return { data: RECURSIVE, children: 0 };
    default:
      return undefined;
  }
}
