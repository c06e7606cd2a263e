import { CoterieError } from "@coterie/interface";
import type { Session, Stat, Watch } from "@coterie/session";
import { LEVEL_B_OPERATIONS, type LevelBOperation } from "../world/level-b-options.ts";
import { Caller } from "./caller.ts";
import type { ClientWork, WorkSettings } from "./client-work.ts";
import type { CallNote, NotedCall, NotedResult, WatchNote } from "./notebook.ts";

const SEQUENCES = "/q";
const EPHEMERALS = "/e";
const LOCKS = "/l";
const LOCK_COUNT = 2;
const WATCHES_MAX = 8;

/** What one session does: draws calls, makes them, and writes down what comes of them. */
export class Acts implements ClientWork {
  private readonly caller: Caller;
  private readonly settings: WorkSettings;
  private readonly values: string;
  private valueCount = 0;
  private watchCount = 0;
  /** Sequential znodes of this session that are there, as far as it knows. */
  private readonly created: string[] = [];
  private readonly locks: string[] = [];
  private readonly versions = new Map<string, number>();
  /** Znodes for all that are not known to be there. */
  private readonly missing: Set<string>;

  constructor(settings: WorkSettings) {
    this.settings = settings;
    this.caller = new Caller(settings);
    const { registers } = settings.world.options.workload;
    const paths = Array.from({ length: registers }, (_, index) => `/r${index}`);
    this.missing = new Set([SEQUENCES, EPHEMERALS, LOCKS, ...paths]);
    this.values = `${settings.name}.${settings.note.index}`;
  }

  get openCount(): number {
    return this.caller.openCount;
  }

  /** The znodes that everything else is done with; somebody else may have made them. */
  prepare(): void {
    for (const path of this.missing) this.create(path, this.value(), "persistent", false);
  }

  /** One more call. */
  draw(): void {
    if (this.missing.size > 0 && this.openCount === 0) return this.prepare();
    const { mix } = this.settings.world.options.workload;
    const total = LEVEL_B_OPERATIONS.reduce((sum, kind) => sum + mix[kind], 0);
    let left = this.settings.dice.below(total);
    for (const kind of LEVEL_B_OPERATIONS) {
      left -= mix[kind];
      if (left < 0) return this.act(kind);
    }
  }

  letGo(): void {
    // Nobody waits for anything.
  }

  /** Whether a write has got through. */
  async lastWrite(): Promise<boolean> {
    if (this.missing.size > 0) {
      this.prepare();
      return false;
    }
    const { session } = this.settings;
    const path = this.register();
    const data = this.value();
    const note = await this.call({ kind: "set", path, data, version: -1 }, async () =>
      writtenOf(path, await session.set(path, data)),
    );
    return note.outcome === "ok";
  }

  private act(kind: LevelBOperation): void {
    const { session, dice } = this.settings;
    const path = this.register();
    switch (kind) {
      case "set":
        return this.set(path, -1);
      case "compare-and-set":
        return this.set(path, this.versions.get(path) ?? 0);
      case "get":
        return this.get(path, "local");
      case "get-linearizable":
        return this.get(path, "linearizable");
      case "get-bounded":
        return this.get(path, { kind: "bounded", stalenessMaxMs: 500 });
      case "exists": {
        const at = dice.pick([path, this.created.at(-1) ?? path, `${LOCKS}/${dice.below(LOCK_COUNT)}`]);
        return this.do({ kind: "exists", path: at }, async () => existsOf(await session.exists(at)));
      }
      case "children": {
        const at = dice.pick([SEQUENCES, EPHEMERALS, LOCKS]);
        return this.do({ kind: "children", path: at }, async () => {
          const { children, stat } = await session.children(at);
          return { kind: "children", names: children.toSorted(), pzxid: stat.pzxid };
        });
      }
      case "sequence":
        return this.create(`${SEQUENCES}/n-`, this.value(), "persistent-sequential", true);
      case "ephemeral":
        return this.create(`${EPHEMERALS}/x-`, this.value(), "ephemeral-sequential", true);
      case "lock":
        return this.lock(`${LOCKS}/${dice.below(LOCK_COUNT)}`);
      case "delete":
        return this.delete();
      case "multi":
        return this.multi(path);
      case "sync":
        return this.do({ kind: "sync" }, () => session.sync().then(() => ({ kind: "done" })));
      case "watch":
        return this.watch(dice.pick([path, path, `${LOCKS}/${dice.below(LOCK_COUNT)}`]), dice.chance(0.3));
      case "close":
        // The writes before it stay in order before it; a session that closes too often does nothing else.
        if (dice.chance(0.2)) this.do({ kind: "close" }, () => session.close().then(() => ({ kind: "done" })));
    }
  }

  private set(path: string, version: number): void {
    const { session } = this.settings;
    const data = this.value();
    this.do({ kind: "set", path, data, version }, async () => {
      const stat = await session.set(path, data, { version });
      this.versions.set(path, stat.version);
      return writtenOf(path, stat);
    });
  }

  private get(path: string, consistency: NonNullable<NonNullable<Parameters<Session["get"]>[1]>["consistency"]>): void {
    const { session } = this.settings;
    const isWire = session.supports.kind === "wire";
    const asked = isWire && typeof consistency === "object" ? "local" : consistency;
    const stalenessMaxMs = typeof asked === "object" ? asked.stalenessMaxMs : asked === "local" ? Infinity : 0;
    this.do({ kind: "get", path, stalenessMaxMs }, async () => {
      const znode = await session.get(path, { consistency: asked });
      this.versions.set(path, znode.stat.version);
      return { kind: "data", data: znode.text(), version: znode.stat.version, mzxid: znode.stat.mzxid };
    });
  }

  private create(
    path: string,
    data: string,
    mode: "persistent" | "persistent-sequential" | "ephemeral" | "ephemeral-sequential",
    isSequential: boolean,
  ): void {
    const { session } = this.settings;
    this.do({ kind: "create", path, data, isSequential }, async () => {
      const made = await session.create(path, data, { mode });
      if (mode === "persistent-sequential") this.created.push(made.path);
      if (mode === "ephemeral") this.locks.push(path);
      return { kind: "written", path: made.path, zxid: made.stat.czxid, version: 0 };
    });
  }

  /** Takes it, or gives it back. */
  private lock(path: string): void {
    const held = this.locks.indexOf(path);
    if (held < 0) return this.create(path, this.value(), "ephemeral", false);
    this.locks.splice(held, 1);
    this.remove(path);
  }

  private delete(): void {
    const path = this.created.shift();
    if (path !== undefined) this.remove(path);
  }

  private remove(path: string): void {
    this.do({ kind: "delete", path }, () => this.settings.session.delete(path).then(() => ({ kind: "done" })));
  }

  private multi(setPath: string): void {
    const { session } = this.settings;
    const data = this.value();
    const path = `${SEQUENCES}/m-`;
    this.do({ kind: "multi", path, data, setPath }, async () => {
      const both = session.transaction().create(path, data, { mode: "persistent-sequential" }).set(setPath, data);
      const [made, changed] = await both.commit();
      if (made?.kind !== "create" || changed?.kind !== "set") throw new Error("a transaction answers in its order");
      return { kind: "written", path: made.path, zxid: changed.stat.mzxid, version: changed.stat.version };
    });
  }

  private watch(path: string, once: boolean): void {
    const { session, notebook, note, world } = this.settings;
    if (this.watchCount >= WATCHES_MAX) return;
    this.watchCount += 1;
    const watched = notebook.watch(note, path, once, world.steps);
    session
      .watch(path, { once })
      .then(
        (watch) => this.follow(watch, watched),
        (error: unknown) => this.refused(error, watched),
      )
      .catch((error: unknown) => world.fail(error, "watch"));
  }

  private async follow(watch: Watch, watched: WatchNote): Promise<void> {
    const { world } = this.settings;
    watched.armedStep = world.steps;
    try {
      for await (const event of watch) {
        const zxid = event.kind === "gap" ? -1 : event.zxid;
        if (event.path !== watched.path) throw new Error(`a watch of ${watched.path} tells of ${event.path}`);
        watched.events.push({ kind: event.kind, zxid, step: world.steps });
        world.probe(`watch ${event.kind}`);
        world.trace.mix(zxid);
      }
    } catch (error) {
      if (!(error instanceof CoterieError)) throw error;
    }
    watched.isOver = true;
    this.watchCount -= 1;
  }

  private refused(error: unknown, watched: WatchNote): void {
    if (!(error instanceof CoterieError)) throw error;
    watched.isOver = true;
    this.watchCount -= 1;
  }

  private do(call: NotedCall, ask: () => Promise<NotedResult>): void {
    this.call(call, ask).catch((error: unknown) => this.settings.world.fail(error, `client ${this.settings.name}`));
  }

  private async call(call: NotedCall, ask: () => Promise<NotedResult>): Promise<CallNote> {
    const note = await this.caller.call(call, ask);
    const isThere = note.outcome === "ok" || note.code === "NODE_EXISTS";
    if (isThere && call.kind === "create") this.missing.delete(call.path);
    return note;
  }

  private register(): string {
    return `/r${this.settings.dice.below(this.settings.world.options.workload.registers)}`;
  }

  /** No value is written twice. */
  private value(): string {
    const { dice, world } = this.settings;
    const text = `${this.values}.${this.valueCount++}`;
    return text.padEnd(dice.below(world.options.workload.valueMaxBytes), ".");
  }
}

function writtenOf(path: string, { mzxid, version }: Stat): NotedResult {
  return { kind: "written", path, zxid: mzxid, version };
}

function existsOf(stat: Stat | null): NotedResult {
  return stat === null ? { kind: "absent" } : { kind: "exists", version: stat.version, mzxid: stat.mzxid };
}
