import type {
  CheckpointKind,
  CheckpointMark,
  CheckpointReader,
  Epoch,
  HardState,
  LogBatch,
  LogEntry,
  LogPosition,
  LogReading,
  LogStorage,
  PeerId,
  RecoveredLog,
  Zxid,
} from "@coterie/interface";
import { check, checkEqual } from "../runner/check.ts";
import type { SuiteCase, SuiteGroup } from "../runner/suite-case.ts";
import type { LogStorageAbility, LogStorageDamages, LogStorageFixture } from "./fixture.ts";
import { History, positionOf, ZXID_FAR } from "./history.ts";

export type LogStorageCase = SuiteCase<LogWorld, LogStorageAbility>;
export type LogStorageGroup = SuiteGroup<LogWorld, LogStorageAbility>;
export type OpenedLog = Extract<RecoveredLog, { kind: "open" }>;

export const HARD_STATE: HardState = Object.freeze({
  clusterId: "compliance",
  peerId: 3 as PeerId,
  incarnation: 2,
  acceptedEpoch: 5 as Epoch,
  currentEpoch: 4 as Epoch,
  isAmnesiac: false,
});

/** Larger than all that a case reads at once. */
export const SIZE_MAX_BYTES: number = 128 * 2 ** 20;

/** What one case works with: a place of its own and the store that stands there, closed and opened as it likes. */
export class LogWorld {
  readonly history: History = new History();
  readonly isDurable: boolean;
  private readonly fixture: LogStorageFixture<unknown>;
  private readonly places: unknown[] = [];
  private readonly stores: LogStorage[] = [];

  private constructor(fixture: LogStorageFixture<unknown>, place: unknown) {
    this.fixture = fixture;
    this.isDurable = fixture.supports.durable;
    this.places.push(place);
    this.sibling();
  }

  static async create<Place>(fixture: LogStorageFixture<Place>): Promise<LogWorld> {
    return new LogWorld(fixture, await fixture.createPlace());
  }

  /** The newest one. */
  get store(): LogStorage {
    return this.stores.at(-1)!;
  }

  private get place(): unknown {
    return this.places.at(-1);
  }

  /** As it is found after the end of the process, however that comes about. */
  async restarted(): Promise<OpenedLog> {
    return this.fixture.crash === undefined ? this.reopened() : this.crashed();
  }

  /** Lets something happen to the place. */
  async hurt(run: (damages: LogStorageDamages<unknown>, place: unknown) => Promise<void>): Promise<void> {
    await run(this.fixture.damages ?? {}, this.place);
  }

  /** Another store at the same place; it is the newest one from here on. */
  sibling(): LogStorage {
    const store = this.fixture.createStore(this.place);
    this.stores.push(store);
    return store;
  }

  /** Closes the store and opens it again: a durable one through a new handle, as a new process would. */
  async reopen(): Promise<RecoveredLog> {
    await this.store.close();
    if (this.isDurable) this.sibling();
    return this.store.open();
  }

  async reopened(): Promise<OpenedLog> {
    return opened(await this.reopen());
  }

  /** The power fails. What has not settled never will, as far as the case goes. */
  async crash(): Promise<RecoveredLog> {
    const store = this.store;
    this.places.push(await this.fixture.crash!(this.place, store));
    this.sibling();
    return this.store.open();
  }

  async crashed(): Promise<OpenedLog> {
    return opened(await this.crash());
  }

  /** Closes the store, lets something happen to its place, and opens it again. */
  async damage(run: (damages: LogStorageDamages<unknown>, place: unknown) => Promise<void>): Promise<RecoveredLog> {
    await this.store.close();
    await this.hurt(run);
    return this.reopen();
  }

  /** Opens a blank store and writes `count` entries to it, in one batch, with the hard state. */
  async begin(count: number, rest: LogBatch = {}): Promise<LogEntry[]> {
    checkEqual(await this.store.open(), { kind: "blank" }, "a place where nothing was written");
    const append = this.history.entries(count);
    await this.store.write({ hardState: HARD_STATE, append, ...rest });
    return append;
  }

  /** Writes the entries one batch each. */
  async writeEach(entries: readonly LogEntry[]): Promise<void> {
    for (const entry of entries) await this.store.write({ append: [entry] });
  }

  /** Makes a checkpoint of `pages` at a position. */
  async checkpoint(
    kind: CheckpointKind | "incoming" | "covering",
    at: LogPosition,
    pages: readonly Uint8Array[],
    rest: LogBatch = {},
  ): Promise<void> {
    await this.store.addPages(pages);
    await this.store.write({ ...rest, checkpoint: markOf(kind, at, pages.length) });
  }

  async readAll(after: Zxid): Promise<LogReading> {
    return this.store.read({ after, upTo: ZXID_FAR }, SIZE_MAX_BYTES);
  }

  /** Checks that the log holds exactly these entries behind the base, by reading them all at once. */
  async checkLog(base: LogPosition, entries: readonly LogEntry[], what: string): Promise<void> {
    const reading = await this.readAll(base.zxid);
    const isSame = reading.kind === "entries" && areEqual(reading.entries, entries);
    if (!isSame) checkEqual(reading, { kind: "entries", entries }, what);
  }

  async remove(): Promise<void> {
    for (const store of this.stores.toReversed()) await store.close();
    for (const place of new Set(this.places)) await this.fixture.removePlace(place);
  }
}

/** Tells without words, and so at once also where there are very many. */
function areEqual(some: readonly LogEntry[], others: readonly LogEntry[]): boolean {
  if (some.length !== others.length) return false;
  return some.every((entry, index) => {
    const other = others[index]!;
    const isAlike = entry.zxid === other.zxid && entry.tag === other.tag && entry.chainHash === other.chainHash;
    return isAlike && Buffer.compare(entry.bytes, other.bytes) === 0;
  });
}

export function opened(found: RecoveredLog): OpenedLog {
  check(found.kind === "open", "open finds a store, not a blank place");
  return found;
}

export function markOf(kind: CheckpointMark["kind"], at: LogPosition, pageCount: number): CheckpointMark {
  return { kind, ...positionOf(at), digest: `digest-${at.zxid}`, pageCount };
}

/** All pages of the checkpoint, read in one go; null if there is no checkpoint. */
export async function pagesIn(store: LogStorage): Promise<readonly Uint8Array[] | null> {
  const reader = await store.openCheckpoint();
  if (reader === null) return null;
  const pages = await allPages(reader);
  await reader.close();
  return pages;
}

export async function allPages(reader: CheckpointReader): Promise<readonly Uint8Array[]> {
  return reader.read(0, SIZE_MAX_BYTES);
}

/** Checks what `open` has said against the log's ends. */
export function checkEnds(found: OpenedLog, base: LogPosition, last: LogPosition, what: string): void {
  checkEqual({ base: found.base, last: found.last }, { base: positionOf(base), last: positionOf(last) }, what);
}
