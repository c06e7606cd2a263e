import type { LogStorage, LogStorageSupports, Zxid } from "@coterie/interface";

/**
 * What the suite needs to get at an implementation. A place is whatever a store keeps its data at: a folder, a name, an
 * object. The suite makes a place for each case and takes it away afterwards, when all its stores are closed.
 *
 * What is optional switches cases on. A durable store should offer `crash` at least.
 */
export interface LogStorageFixture<Place> {
  /** As the stores' own `supports`; said here as well, since it selects cases before there is a store. */
  readonly supports: LogStorageSupports;

  /** A place where nothing has ever been written. */
  createPlace(): Promise<Place>;

  /**
   * A store at the place, not open. If it is durable, several are made for one place, also two at a time. If it is not,
   * one is made for each place, and is opened, closed and opened again: in between it keeps what it holds.
   */
  createStore(place: Place): LogStorage;

  removePlace(place: Place): Promise<void>;

  /**
   * The power fails: a place as it is found after that, with no more in it than what is durable now. The store, which
   * has not been closed, must not change it any more. It may be a copy, the last one's successor, or the same place
   * with the store cut off. The suite closes the store some time later.
   */
  crash?(place: Place, store: LogStorage): Promise<Place>;

  readonly damages?: LogStorageDamages<Place>;
}

/** What may happen to a place while no store is open at it. Each is optional, and each switches on its cases. */
export interface LogStorageDamages<Place> {
  /** The stored entry cannot be read any more, or is not what was written. Its neighbours may be hit as well. */
  entry?(place: Place, zxid: Zxid): Promise<void>;

  /** Likewise a page of the checkpoint, from 0. */
  page?(place: Place, index: number): Promise<void>;

  /** The stored values of two entries have changed places, each whole (ST-20). The suite stores them in batches apart. */
  swappedEntries?(place: Place, one: Zxid, other: Zxid): Promise<void>;

  /** The log's last entry is gone without a trace, but not what stands twice (R3). */
  lostEnd?(place: Place): Promise<void>;

  /** Half of a batch that was never reported stands behind the end of the log (R4, ST-03). */
  tornTail?(place: Place): Promise<void>;

  /** The place says that it was written in a format that nobody knows (R6). */
  unknownFormat?(place: Place): Promise<void>;

  /** From now on the medium refuses to be written; with `full`, for lack of space. Called while a store is open. */
  brokenMedium?(place: Place, isFull: boolean): Promise<void>;

  /** Ends what `brokenMedium` began. Needed with it. */
  mendedMedium?(place: Place): Promise<void>;
}

/** What a case may need. */
export type LogStorageAbility =
  | "durable"
  | "crash"
  | "damaged entry"
  | "damaged page"
  | "swapped entries"
  | "lost end"
  | "torn tail"
  | "unknown format"
  | "broken medium";

export function abilitiesOf<Place>(fixture: LogStorageFixture<Place>): Set<LogStorageAbility> {
  const { damages } = fixture;
  const abilities = new Set<LogStorageAbility>();
  if (fixture.supports.durable) abilities.add("durable");
  if (fixture.crash !== undefined) abilities.add("crash");
  if (damages?.entry !== undefined) abilities.add("damaged entry");
  if (damages?.page !== undefined) abilities.add("damaged page");
  if (damages?.swappedEntries !== undefined) abilities.add("swapped entries");
  if (damages?.lostEnd !== undefined) abilities.add("lost end");
  if (damages?.tornTail !== undefined) abilities.add("torn tail");
  if (damages?.unknownFormat !== undefined) abilities.add("unknown format");
  if (damages?.brokenMedium !== undefined && damages.mendedMedium !== undefined) abilities.add("broken medium");
  return abilities;
}
