import { CoterieError } from "@coterie/interface";
import type { Session, SessionState, WatchEvent, Znode } from "@coterie/session";
import { childOf } from "../calls/paths.ts";
import { hasCode, isOver, isPassing, passed, persist } from "../calls/retry.ts";
import type { CacheEvent } from "./cache-event.ts";
import { Contents } from "./contents.ts";
import type { CacheLimits } from "./limits.ts";
import { type ChangesOptions, Readers } from "../changes/readers.ts";
import { depthOf, pathOf, type Region } from "./region.ts";
import { type Visit, Visits } from "./visits.ts";
import { offAbort, onAbort } from "../calls/on-abort.ts";

/** Events of the watch that may wait for a turn; then everything is read anew. */
const EVENTS_WAITING_MAX = 16_384;

/**
 * Keeps what is in a region of the tree. It is told what changes, and reads that alone. The watch is armed before the first read,
 * and events and answers come in one order: what an event tells of is in what is read behind it. Where events are missing,
 * everything is visited again, and what differs is told.
 */
export class Mirror {
  readonly contents: Contents;
  readonly ready: Promise<void>;
  isInitialised = false;
  private readonly readers: Readers<CacheEvent>;
  private readonly session: Session;
  private readonly region: Region;
  private readonly limits: Required<CacheLimits>;
  private readonly outer: AbortSignal | undefined;
  private readonly controller = new AbortController();
  private readonly visits = new Visits();
  private underWay = 0;
  private isPausing = false;
  private settleReady: { resolve(): void; reject(reason: unknown): void } | null = null;
  private readonly aborted: () => void;
  private readonly stateChanged: (state: SessionState, reason: CoterieError | null) => void;

  constructor(session: Session, region: Region, limits: Required<CacheLimits>, outer: AbortSignal | undefined) {
    this.session = session;
    this.region = region;
    this.limits = limits;
    this.outer = outer;
    this.readers = new Readers(() => this.current());
    this.contents = new Contents(region, (event) => this.readers.tell(event));
    this.ready = new Promise((resolve, reject) => {
      this.settleReady = { resolve, reject };
    });
    // Who does not ask for it hears of the end by the signal.
    this.ready.catch(() => undefined);
    this.aborted = () => this.fail(this.error("ABORTED", "was given up", outer?.reason));
    this.stateChanged = (state, reason) => {
      if (state === "lost" || state === "closed") this.fail(this.over(reason));
    };
    session.on("state", this.stateChanged);
    if (outer !== undefined) onAbort(outer, this.aborted);
    if (outer?.aborted === true) this.aborted();
    else if (isOver(session)) this.fail(this.over(null));
    else void this.follow();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  changes(options: ChangesOptions): AsyncIterableIterator<CacheEvent, undefined> {
    return this.readers.open(options, this.isInitialised || this.contents.entries.size > 0);
  }

  /** By its user: whoever reads its changes has come to the end. */
  close(): Promise<void> {
    this.end(this.error("ABORTED", "was closed", undefined), false);
    return Promise.resolve();
  }

  private async follow(): Promise<void> {
    const { session, signal } = this;
    const { root, depthMax } = this.region;
    const options = { recursive: depthMax > 0, signal, bufferedMax: EVENTS_WAITING_MAX };
    try {
      const watch = await persist(session, () => session.watch(root, options), signal);
      this.visitAll();
      for await (const event of watch) this.hear(event);
    } catch (error) {
      this.fail(error);
    }
  }

  private hear(event: WatchEvent): void {
    if (this.signal.aborted) return;
    if (event.kind === "gap") this.visitAll();
    else if (event.kind !== "children-changed") this.hearChange(event);
  }

  private hearChange({ kind, path, zxid }: Exclude<WatchEvent, { kind: "gap" }>): void {
    const depth = depthOf(this.region, path);
    if (depth < this.region.depthMin || depth > this.region.depthMax) return;
    const newest = zxid < 0 ? Infinity : zxid;
    const visit = this.visits.get(path);
    if (visit?.isUnderWay === true) {
      visit.newestZxid = Math.max(visit.newestZxid, newest);
      return;
    }
    // What was read since knows of it already.
    if ((this.contents.get(path)?.stat.mzxid ?? -1) >= newest) return;
    if (kind === "deleted" && zxid >= 0) {
      if (visit !== undefined) this.visits.drop(visit);
      this.contents.remove(path);
      this.look();
      return;
    }
    this.visit(path, depth, false);
    this.look();
  }

  /** Everything, as often as something may have been missed. */
  private visitAll(): void {
    const { region, contents } = this;
    this.visits.add(region.root, 0, true);
    for (const key of contents.entries.keys()) {
      const path = pathOf(region, key);
      this.visits.add(path, depthOf(region, path), true);
    }
    for (const path of contents.denied.keys()) this.visits.add(path, depthOf(region, path), true);
    this.look();
  }

  private visit(path: string, depth: number, isWalk: boolean): void {
    this.visits.add(path, depth, isWalk);
    // As many as are known may be gone, as many others there; and the root.
    if (this.visits.size > 2 * this.limits.znodesMax + 1) this.exceeded("znodesMax");
  }

  /** Reads, as many at once as may be. */
  private look(): void {
    while (this.underWay < this.limits.readsMax && !this.isPausing && !this.signal.aborted) {
      const visit = this.visits.begin();
      if (visit === null) break;
      this.underWay += 1;
      void this.read(visit);
    }
    if (this.isInitialised || this.visits.isWalking || this.signal.aborted) return;
    this.isInitialised = true;
    this.readers.tell({ kind: "initialised" });
    this.settleReady?.resolve();
  }

  private async read(visit: Visit): Promise<void> {
    const { path, depth } = visit;
    let zxid = -1;
    try {
      zxid = await this.readZnode(visit);
    } catch (error) {
      if (this.signal.aborted) return;
      if (isPassing(error)) {
        this.underWay -= 1;
        this.visits.again(visit);
        void this.pause(error);
        return;
      }
      if (hasCode(error, "NO_NODE")) {
        if (depth >= this.region.depthMin) this.contents.remove(path);
      } else if (hasCode(error, "NO_AUTH") && depth > 0) {
        this.contents.deny(path, error as CoterieError);
        this.checkSize();
      } else {
        this.fail(error);
        return;
      }
    }
    this.underWay -= 1;
    this.visits.done(visit, zxid);
    this.look();
  }

  /** Resolves with the zxid since when it is as it was read. */
  private async readZnode({ path, depth, isWalk }: Visit): Promise<number> {
    const { session, region, signal } = this;
    let znode: Znode | null = null;
    let isListed = isWalk;
    if (depth >= region.depthMin) {
      znode = await session.get(path, { signal });
      if (signal.aborted) return Infinity;
      // One that is new here may have been created where events were missed, and its children with it.
      if (this.contents.put(path, znode)) isListed = true;
      this.checkSize();
    }
    if (isListed && depth < region.depthMax && znode?.stat.childCount !== 0) {
      const { children } = await session.children(path, { signal });
      for (const name of children) {
        const child = childOf(path, name);
        if (this.contents.get(child) === undefined) this.visit(child, depth + 1, true);
      }
    }
    return znode?.stat.mzxid ?? Infinity;
  }

  /** What has failed may succeed when the session is connected again: until then nothing is asked. */
  private async pause(error: unknown): Promise<void> {
    if (this.isPausing) return;
    this.isPausing = true;
    const isAlive = await passed(this.session, error, this.signal);
    this.isPausing = false;
    if (isAlive) this.look();
  }

  private checkSize(): void {
    const { znodes, bytes } = this.contents.size;
    if (znodes > this.limits.znodesMax) this.exceeded("znodesMax");
    else if (bytes > this.limits.bytesMax) this.exceeded("bytesMax");
  }

  private exceeded(limit: "znodesMax" | "bytesMax"): void {
    const { [limit]: most } = this.limits;
    this.fail(this.error("QUOTA_EXCEEDED", `was to hold more than its ${limit}, which is ${most}`, undefined));
  }

  private current(): readonly CacheEvent[] {
    const reset: CacheEvent = { kind: "reset", entries: new Map(this.contents.entries) };
    return this.isInitialised ? [reset, { kind: "initialised" }] : [reset];
  }

  private over(reason: CoterieError | null): CoterieError {
    return reason ?? this.error("SESSION_EXPIRED", "has no session any more: it was closed", undefined);
  }

  private error(code: CoterieError["code"], what: string, cause: unknown): CoterieError {
    const { root } = this.region;
    return new CoterieError(code, `the cache of ${root} ${what}`, { path: root, cause });
  }

  private fail(error: unknown): void {
    this.end(error, true);
  }

  private end(reason: unknown, isFailure: boolean): void {
    if (this.signal.aborted) return;
    this.session.off("state", this.stateChanged);
    if (this.outer !== undefined) offAbort(this.outer, this.aborted);
    this.controller.abort(reason);
    this.settleReady?.reject(reason);
    this.readers.end(isFailure ? { kind: "failed", error: reason } : { kind: "closed" });
  }
}
