import {
  assert,
  type CheckpointReader,
  type HardState,
  type LogBatch,
  type LogPosition,
  type LogReading,
  type Zxid,
  ZXID_NONE,
  type ZxidRange,
} from "@coterie/interface";
import { PageDraft } from "./checkpoint/draft.ts";
import { lastPageGeneration, pageGarbage } from "./checkpoint/garbage.ts";
import { GenerationPins } from "./checkpoint/pins.ts";
import { createCheckpointReader } from "./checkpoint/reader.ts";
import type { KeyRange } from "./database/cursor.ts";
import type { Change, Database } from "./database/database.ts";
import { toWriteError } from "./database/store-error.ts";
import { logGenerationKey, logKeyBehind } from "./format/keys.ts";
import { encodeBase } from "./format/records.ts";
import { encodeStoreFormat, formatOf } from "./format/store-format.ts";
import { Mutex } from "./log/mutex.ts";
import { findBase } from "./log/purge.ts";
import { readLog, type ReadSource } from "./log/read.ts";
import { changesLayout, type WritePlan, WritePlanner } from "./log/write-plan.ts";
import { closeOpened, createDatabase, type Opened } from "./opening.ts";
import type { StoreParts } from "./parts.ts";
import { scanLog } from "./recovery/scan-log.ts";
import { LOG_START, type StoredState } from "./recovery/stored-state.ts";
import { SidecarKeeper } from "./sidecar/keeper.ts";
import type { SidecarReading } from "./sidecar/sidecar.ts";
import { Sweeper } from "./sweeper.ts";

/**
 * `failed` is told what fails behind the caller's back. What was opened is closed by the store; at once, if none comes
 * about.
 */
export async function createOpenStore(
  parts: StoreParts,
  opened: Opened,
  failed: (error: Error) => void,
): Promise<OpenStore> {
  const { database, recovery } = opened;
  const segments = recovery?.state.checkpoint?.segments ?? [];
  const used = segments.reduce((highest, { generation }) => Math.max(highest, generation), 0);
  try {
    const found = database === null ? 0 : await lastPageGeneration(database);
    return new OpenStore(parts, opened, Math.max(used, found) + 1, failed);
  } catch (error) {
    await closeOpened(database, parts.sidecar);
    throw error;
  }
}

/** A store that is open. Its calls keep to their lanes; who may call when is settled before. */
export class OpenStore {
  private readonly parts: StoreParts;
  private readonly reading: SidecarReading;
  private readonly keeper: SidecarKeeper;
  private readonly sweeper: Sweeper;
  private readonly pins = new GenerationPins();
  /** For what changes the layout of the log, or must see it unchanged. */
  private readonly layout = new Mutex();
  private readonly pageLane = new Mutex();
  private database: Database | null;
  /** Null while the store is blank. */
  private state: StoredState | null;
  /** Whether the database holds a store, and not only the beginnings of one. */
  private isStanding: boolean;
  /** Whether identity and promises stand where they should. */
  private isSettled: boolean;
  /** An opening changes nothing; what it found to be garbage goes with the first write. */
  private isSwept = false;
  private draft: PageDraft;

  constructor(parts: StoreParts, opened: Opened, generation: number, failed: (error: Error) => void) {
    const { database, reading, recovery } = opened;
    this.parts = parts;
    this.database = database;
    this.reading = reading;
    this.state = recovery?.state ?? null;
    this.isStanding = database !== null && recovery !== null;
    this.isSettled = recovery?.isSettled ?? false;
    this.draft = new PageDraft(generation);
    const kept = reading.kind === "standing" || reading.kind === "recreating" ? reading.state : null;
    this.keeper = new SidecarKeeper(parts.sidecar, kept, parts.clock, failed);
    this.sweeper = new Sweeper(() => this.garbage(), failed);
  }

  async write(batch: LogBatch): Promise<void> {
    if (batch.checkpoint !== undefined) await this.pageLane.run(async () => this.writeWithLayout(batch));
    else if (changesLayout(batch) || this.hasHousekeeping) await this.writeWithLayout(batch);
    else await this.writeNow(batch);
  }

  /** What the opening found and the next write sets right: the base goes with it, so no purge may run beside it. */
  private get hasHousekeeping(): boolean {
    return !this.isSettled || (this.state?.hiddenKeys.size ?? 0) > 0;
  }

  private async writeWithLayout(batch: LogBatch): Promise<void> {
    await this.layout.run(async () => this.writeNow(batch));
  }

  private async writeNow(batch: LogBatch): Promise<void> {
    const before = this.state ?? blankState(batch.hardState);
    const isNumbered = this.leavesState(batch);
    const planner = new WritePlanner(this.database, this.parts.clock, before, isNumbered);
    const plan = await planner.plan(batch, this.draft.segment);
    const housekeeping = this.housekeeping(before, plan);
    const changes = [...housekeeping, ...plan.changes];
    if (changes.length === 0) return;
    if (this.isStanding) await this.keeper.lower(plan.lowest, before.hardState);
    const isNew = !this.isStanding;
    const database = await this.standingDatabase();
    try {
      if (batch.checkpoint !== undefined) await this.draft.flush(database);
      await database.commit(changes, true);
      if (isNew) await this.parts.place.syncDirectory?.();
    } catch (error) {
      throw toWriteError(error, "writing to the store");
    }
    this.isStanding = true;
    const now: StoredState = { ...(this.state ?? before), ...plan.next, hiddenKeys: new Set() };
    this.state = now;
    if (batch.checkpoint !== undefined) this.draft = new PageDraft(this.draft.generation + 1);
    await this.keepTwice(now, batch.hardState !== undefined || !this.isSettled, isNew);
    this.isSettled = true;
    if (batch.checkpoint !== undefined || !this.isSwept) this.sweeper.request(database);
    this.isSwept = true;
  }

  private leavesState(batch: LogBatch): boolean {
    if (batch.hardState !== undefined || changesLayout(batch) || this.hasHousekeeping) return true;
    return batch.committed !== undefined && (batch.append?.length ?? 0) === 0;
  }

  /** What comes with a batch because of what was found at the opening. */
  private housekeeping(before: StoredState, { next }: WritePlan): Change[] {
    const hidden = [...before.hiddenKeys].map((name): Change => ({ kind: "delete", key: Buffer.from(name, "latin1") }));
    if (this.isSettled) return hidden;
    const { logGeneration, base } = { ...before, ...next };
    const records = [encodeStoreFormat(this.format), encodeBase({ logGeneration, base })];
    return [...hidden, ...records.map((stored): Change => ({ kind: "put", stored }))];
  }

  private get format(): number {
    return formatOf(this.parts.journal);
  }

  private async standingDatabase(): Promise<Database> {
    if (this.isStanding) return this.database!;
    this.database = await createDatabase(this.parts, this.reading, this.database);
    return this.database;
  }

  private async keepTwice(
    { hardState, last, stateNumber }: StoredState,
    isPromise: boolean,
    isNew: boolean,
  ): Promise<void> {
    if (!isPromise) return this.keeper.raise(last, stateNumber);
    await this.keeper.promise(hardState, last, stateNumber);
    // Of two slots the older one still says that the database counts for nothing.
    if (isNew) await this.keeper.promise(hardState, last, stateNumber);
  }

  async read(range: ZxidRange, sizeMaxBytes: number): Promise<LogReading> {
    const source = this.source();
    if (source === null) {
      const { base, last } = this.state ?? { base: LOG_START, last: LOG_START };
      assert(base === last || base.zxid === last.zxid, "what has no database has no log");
      return { kind: "entries", entries: [] };
    }
    return readLog(source, range, sizeMaxBytes);
  }

  private source(): ReadSource | null {
    const { database } = this;
    if (database === null || this.state === null || !this.isStanding) return null;
    const state = (): StoredState => this.state!;
    return {
      database,
      get state() {
        return state();
      },
      findFaults: async () => this.layout.run(async () => this.findFaults(database)),
      distrust: () => {
        const { base, last } = this.state!;
        this.state = { ...this.state!, faults: [{ after: base, upTo: last }] };
      },
    };
  }

  private async findFaults(database: Database): Promise<void> {
    const { logGeneration, base, last, hiddenKeys } = this.state!;
    const known = { hidden: hiddenKeys, mark: null, state: null, wasWhole: true };
    const scanned = await scanLog(database, { generation: logGeneration, base, floor: last.zxid, ...known });
    const isShort = scanned.last.zxid < last.zxid;
    const faults = isShort ? [...scanned.faults, { after: scanned.last, upTo: last }] : scanned.faults;
    this.state = { ...this.state!, faults };
  }

  async purge(upTo: Zxid): Promise<LogPosition> {
    assert(this.state !== null, "a store that is blank has nothing to purge");
    const { database } = this;
    assert(upTo <= (this.state.checkpoint?.position.zxid ?? ZXID_NONE), "a checkpoint stands for what is purged");
    if (database === null || !this.isStanding) return this.state.base;
    const base = await this.layout.run(async () => this.moveBase(database, upTo));
    this.sweeper.request(database);
    return base;
  }

  private async moveBase(database: Database, upTo: Zxid): Promise<LogPosition> {
    const state = this.state!;
    const base = await findBase(database, state, upTo);
    if (base.zxid === state.base.zxid) return state.base;
    // Synced before anything is deleted: the log may seem longer after a crash, never damaged.
    await database.commit([{ kind: "put", stored: encodeBase({ logGeneration: state.logGeneration, base }) }], true);
    const faults = this.state!.faults.filter((fault) => fault.upTo.zxid > base.zxid);
    this.state = { ...this.state!, base, faults };
    return base;
  }

  async addPages(pages: readonly Uint8Array[]): Promise<void> {
    await this.pageLane.run(async () => this.draft.add(this.isStanding ? this.database : null, pages));
  }

  async dropPages(): Promise<void> {
    await this.pageLane.run(async () => {
      this.draft = new PageDraft(this.draft.generation + 1);
      if (this.database !== null && this.isStanding) this.sweeper.request(this.database);
    });
  }

  openCheckpoint(): CheckpointReader | null {
    const checkpoint = this.state?.checkpoint ?? null;
    const { database } = this;
    if (checkpoint === null || database === null) return null;
    this.pins.pin(checkpoint);
    return createCheckpointReader(database, checkpoint, () => {
      this.pins.unpin(checkpoint);
      this.sweeper.request(database);
    });
  }

  private garbage(): KeyRange[] {
    const { logGeneration, base, checkpoint } = this.state!;
    const kept = [...(checkpoint?.segments ?? []).map(({ generation }) => generation), ...this.pins.generations];
    return [
      { from: logGenerationKey(0), end: logKeyBehind(logGeneration, base.zxid) },
      ...pageGarbage(kept, this.draft.generation),
    ];
  }

  /** Never rejects. */
  async close(isSound: boolean): Promise<void> {
    await this.sweeper.stop();
    await this.keeper.close(isSound && this.isSettled);
    await this.database?.close().catch(() => undefined);
  }
}

function blankState(hardState: HardState | undefined): StoredState {
  assert(hardState !== undefined, "the first write says whose the store is");
  return {
    hardState,
    stateNumber: 0,
    checkpointNumber: 0,
    logGeneration: 0,
    base: LOG_START,
    last: LOG_START,
    committed: ZXID_NONE,
    checkpoint: null,
    faults: [],
    hiddenKeys: new Set(),
  };
}
