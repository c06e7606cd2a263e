import { CoterieError } from "@coterie/interface";
import type { Data, Session, SessionState, Stat } from "@coterie/session";
import { checkData } from "../calls/check.ts";
import { Condition } from "../calls/condition.ts";
import { nameOf, parentOf } from "../calls/paths.ts";
import { hasCode, isOver, persist } from "../calls/retry.ts";
import { type WaitOptions, waiting } from "../calls/wait.ts";
import { makeParent, takePlace } from "../queue/place.ts";
import type { PersistentEphemeral } from "./persistent-ephemeral.ts";

/** What shall stand in the znode, in the order in which it was given. */
interface Content {
  readonly number: number;
  readonly data: Data | null;
}

/** Nothing that is sent to the server for it is given up: what has been asked has been answered before it lets go. */
const NEVER = new AbortController().signal;

/** Which paths each session keeps, by whom. */
const KEEPERS = new WeakMap<Session, Map<string, EphemeralKeeper>>();

export class EphemeralKeeper implements PersistentEphemeral {
  path: string | null;
  token: number | null = null;
  private readonly session: Session;
  private readonly name: string;
  private readonly controller = new AbortController();
  /** Ends the watch. */
  private readonly looking = new AbortController();
  private readonly condition = new Condition();
  private readonly stateChanged: (state: SessionState, reason: CoterieError | null) => void;
  private readonly keeping: Promise<void>;
  private releasing: Promise<void> | null = null;
  private setCount = 0;
  private wanted: Content;
  /** What a server has taken, or what it was given at first: where it refuses another one, it is this that is kept. */
  private good: Content;
  /** What is being written. */
  private tried: Content;
  private refused: { readonly number: number; readonly error: unknown } = { number: -1, error: null };
  /** What was written to the znode that is there. */
  private written: Content | null = null;
  /** There is something to look at. */
  private isDue = true;
  private work: Promise<void> | null = null;
  /** A write's answer was lost: it may be done yet. */
  private isUncertain = false;
  /** It has ended by itself, and another one keeps the path since: what stands there is that one's. */
  private isFollowed = false;
  /** What this session kept there before, and has not let go of yet. */
  private before: EphemeralKeeper | null = null;

  /** @throws CoterieError BAD_ARGUMENTS */
  constructor(session: Session, path: string, data: Data | null | undefined, isSequential: boolean) {
    this.session = session;
    this.name = path;
    this.path = isSequential ? null : path;
    this.wanted = { number: 0, data: dataOf(data) };
    this.good = this.wanted;
    this.tried = this.wanted;
    if (!isSequential) this.claim(path);
    this.stateChanged = (state, reason) => {
      if (state === "lost" || state === "closed") this.end("its session is over", reason);
    };
    session.on("state", this.stateChanged);
    if (isOver(session)) this.end("its session is over", null);
    this.keeping = this.keep();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  ready(options: WaitOptions = {}): Promise<void> {
    return waiting(this.session, `keeping ${this.name}`, options, (signal) => this.until(() => this.isKept(), signal));
  }

  async set(data: Data | null, options: WaitOptions = {}): Promise<void> {
    const own = dataOf(data);
    await waiting(this.session, `setting ${this.name}`, options, async (signal) => {
      this.signal.throwIfAborted();
      this.setCount += 1;
      const content = { number: this.setCount, data: own };
      this.wanted = content;
      this.poke();
      await this.until(() => {
        const { number, error } = this.refused;
        if (content.number <= number && content.number > this.good.number) throw error;
        return this.isKept();
      }, signal);
    });
  }

  release(): Promise<void> {
    this.end("it was released", null);
    this.releasing ??= this.leave();
    return this.releasing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  /** With what was set last: what was set before is not written any more. */
  private isKept(): boolean {
    return this.token !== null && this.written === this.wanted;
  }

  private until(isSo: () => boolean, signal: AbortSignal): Promise<void> {
    const look = (): boolean => {
      this.signal.throwIfAborted();
      return isSo();
    };
    return this.condition.until(look, signal);
  }

  private end(why: string, cause: unknown): void {
    if (this.signal.aborted) return;
    this.session.off("state", this.stateChanged);
    this.token = null;
    const path = this.path ?? this.name;
    const options = cause === null ? { path } : { path, cause };
    this.controller.abort(new CoterieError("NOT_HELD", `${path} is kept no more: ${why}`, options));
    this.looking.abort();
    this.condition.changed();
  }

  /** Until it ends. Never rejects. */
  private async keep(): Promise<void> {
    const { session } = this;
    try {
      if (this.path === null && !this.signal.aborted) await this.takeNumber();
      if (this.before !== null) await this.before.gone();
      this.before = null;
      if (this.path === null || this.signal.aborted) return;
      const { path } = this;
      const { signal } = this.looking;
      // One event that waits says as much as many.
      const watch = await persist(session, () => session.watch(path, { signal, bufferedMax: 1 }));
      this.poke();
      for await (const _change of watch) this.poke();
      this.end("its session is over", null);
    } catch (error) {
      this.end(isOver(session) ? "its session is over" : "it cannot be", error);
    } finally {
      await this.work;
    }
  }

  /** What it is called from then on; nobody else takes a name with that id. */
  private async takeNumber(): Promise<void> {
    const { session, name, wanted } = this;
    const request = { parent: parentOf(name), label: nameOf(name), data: wanted.data };
    const place = await takePlace(session, request, NEVER);
    this.path = place.path;
    if (this.signal.aborted) return;
    this.wrote(wanted);
    this.token = place.token;
    this.condition.changed();
  }

  private wrote(content: Content): void {
    this.written = content;
    this.good = content;
  }

  /** Looks, now or behind the look that is under way. */
  private poke(): void {
    this.isDue = true;
    if (this.path !== null && this.before === null) this.work ??= this.restoreAll(this.path);
  }

  private async restoreAll(path: string): Promise<void> {
    while (this.isDue && !this.signal.aborted) {
      this.isDue = false;
      try {
        await persist(this.session, () => this.restore(path));
      } catch (error) {
        if (isOver(this.session)) this.end("its session is over", error);
        else this.refuse(error);
      }
      this.condition.changed();
    }
    this.work = null;
  }

  /** Who has set what no server takes is told; what was there before is kept. */
  private refuse(error: unknown): void {
    const { tried, good } = this;
    if (tried === good) return this.end("it cannot be", error);
    this.refused = { number: tried.number, error };
    if (this.wanted === tried) this.wanted = good;
    this.isDue = true;
  }

  private async restore(path: string): Promise<void> {
    if (this.signal.aborted) return;
    const stat = await this.look(path);
    if (this.signal.aborted) return;
    const { wanted } = this;
    this.tried = wanted;
    if (stat === null) {
      this.is(null);
      const created = await this.write(() => this.session.create(path, wanted.data, { mode: "ephemeral" }));
      if (created === "missing") await makeParent(this.session, parentOf(path), NEVER);
      else if (created !== "changed") this.is(created.stat, wanted);
    } else if (stat.ephemeralOwner !== this.session.id) {
      // Its end is told by the watch.
      this.is(null);
    } else {
      this.is(stat);
      if (this.written === wanted) return;
      const { version } = stat;
      const set = await this.write(() => this.session.set(path, wanted.data, { version }));
      if (set !== "changed" && set !== "missing") this.is(set, wanted);
    }
  }

  /** What is there now, with what this session has asked for before. */
  private async look(path: string): Promise<Stat | null> {
    if (this.isUncertain) await this.session.sync();
    this.isUncertain = false;
    return this.session.exists(path);
  }

  /** Where what was seen is so no more, it looks again. */
  private async write<Result>(call: () => Promise<Result>): Promise<Result | "changed" | "missing"> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof CoterieError && error.outcome === "unknown") this.isUncertain = true;
      if (!hasCode(error, "NODE_EXISTS", "BAD_VERSION", "NO_NODE")) throw error;
      this.isDue = true;
      return hasCode(error, "NO_NODE") ? "missing" : "changed";
    }
  }

  private is(stat: Stat | null, written: Content | null = null): void {
    if (this.signal.aborted) return;
    const token = stat?.czxid ?? null;
    if (written !== null) this.wrote(written);
    else if (token !== this.token) this.written = null;
    this.token = token;
  }

  private async leave(): Promise<void> {
    await this.keeping;
    const { session, path } = this;
    if (path === null || this.isFollowed) return;
    try {
      await persist(session, () => this.remove(path));
    } catch (error) {
      if (!isOver(session)) throw error;
    } finally {
      const keepers = KEEPERS.get(session);
      if (keepers?.get(path) === this) keepers.delete(path);
    }
  }

  /** Two would take each other's znode for their own, and the release of one would undo the other. */
  private claim(path: string): void {
    const keepers = KEEPERS.get(this.session) ?? new Map<string, EphemeralKeeper>();
    KEEPERS.set(this.session, keepers);
    const before = keepers.get(path) ?? null;
    if (before !== null && !before.signal.aborted) {
      const message = `this session keeps ${path} already: release that first, or use another name`;
      throw new CoterieError("BAD_ARGUMENTS", message, { path });
    }
    keepers.set(path, this);
    this.before = before;
  }

  /** Resolves when nothing of it is under way any more, neither the keeping nor a release. Never rejects. */
  private async gone(): Promise<void> {
    await this.keeping;
    if (this.releasing === null) this.isFollowed = true;
    else await this.releasing.catch(() => undefined);
  }

  private async remove(path: string): Promise<void> {
    for (;;) {
      const stat = await this.look(path);
      if (stat === null || stat.ephemeralOwner !== this.session.id) return;
      const { version } = stat;
      if ((await this.write(() => this.session.delete(path, { version }))) !== "changed") return;
    }
  }
}

/** Bytes stay the caller's. */
function dataOf(data: Data | null | undefined): Data | null {
  checkData(data);
  return data instanceof Uint8Array ? data.slice() : (data ?? null);
}
