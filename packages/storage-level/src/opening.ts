import { CoterieError } from "@coterie/interface";
import { Database } from "./database/database.ts";
import type { DatabasePlace } from "./database/place.ts";
import { toOpenError, toStoreError } from "./database/store-error.ts";
import { STORE_FORMAT } from "./format/store-format.ts";
import type { Journal } from "./journal/file-journal.ts";
import type { StoreParts } from "./parts.ts";
import { recover, type Recovery } from "./recovery/recover.ts";
import type { Sidecar, SidecarReading } from "./sidecar/sidecar.ts";

/** What stands at a store's place, opened. */
export interface Opened {
  /** Null if there is none, or what is left of one. */
  readonly database: Database | null;
  readonly reading: SidecarReading;
  /** Null for a blank store. */
  readonly recovery: Recovery | null;
}

export type StorePlaces = Omit<StoreParts, "isDurable">;

/** Opens what is there and creates nothing (R6). @throws CoterieError as `LogStorage.open` */
export async function openStore(parts: StorePlaces): Promise<Opened> {
  const { place, sidecar, journal } = parts;
  refuseUnknown(sidecar, await readSidecar(sidecar));
  // Only whoever has the database open may rely on what stands beside it.
  const database = await openDatabase(parts);
  try {
    const reading = await readSidecar(sidecar);
    refuseUnknown(sidecar, reading);
    const isCreating = reading.kind === "creating" || reading.kind === "recreating";
    if (database === null && reading.kind === "damaged") {
      const advice = "and no database stands beside it. Nothing was changed; the doctor says what is left.";
      throw new CoterieError("STORE_CORRUPT", `${sidecar?.name ?? place.name} is damaged, ${advice}`);
    }
    if (database === null && reading.kind === "missing") await refuseJournalAlone(place, journal);
    const recovery = await recover({
      name: place.name,
      database,
      sidecar: reading.kind === "standing" || reading.kind === "recreating" ? reading.state : null,
      hasSidecar: sidecar !== null,
      isCreating,
    });
    return { database, reading, recovery };
  } catch (error) {
    await closeOpened(database, sidecar);
    throw toStoreError(error, `opening ${place.name}`);
  }
}

/** Gives free what was opened. Never rejects. */
export async function closeOpened(database: Database | null, sidecar: Sidecar | null): Promise<void> {
  await database?.close().catch(() => undefined);
  await sidecar?.close();
}

export async function readSidecar(sidecar: Sidecar | null): Promise<SidecarReading> {
  if (sidecar === null) return { kind: "missing" };
  try {
    return await sidecar.read();
  } catch (error) {
    throw toStoreError(error, `reading ${sidecar.name}`);
  }
}

function refuseUnknown(sidecar: Sidecar | null, reading: SidecarReading): void {
  if (reading.kind !== "unknown" || sidecar === null) return;
  const advice = `This version reads formats up to ${STORE_FORMAT}. Nothing was changed; use the version that wrote it.`;
  throw new CoterieError("STORE_FORMAT_UNKNOWN", `${sidecar.name} has format ${reading.format}. ${advice}`);
}

/** Of a store that was never created there is no journal, either. */
async function refuseJournalAlone(place: DatabasePlace, journal: Journal | null): Promise<void> {
  if (journal === null || !(await journal.exists())) return;
  const advice = "Put the database and the sidecar back, or move the journal away. Nothing was changed.";
  throw new CoterieError("STORE_CORRUPT", `${journal.name} stands there without ${place.name}. ${advice}`);
}

async function openDatabase({ place, sidecar, journal, clock }: StorePlaces): Promise<Database | null> {
  try {
    if ((await place.find()) === "nothing") return null;
    return await startedDatabase(new Database(await place.open({ create: false }), clock, journal));
  } catch (error) {
    const refusal = toOpenError(error, `opening ${place.name}`);
    const { kind } = await readSidecar(sidecar);
    const isRemains = kind === "creating" || kind === "recreating";
    if (isRemains && refusal.code === "STORE_CORRUPT") return null;
    throw refusal;
  }
}

async function startedDatabase(database: Database): Promise<Database> {
  try {
    await database.start();
    return database;
  } catch (error) {
    await database.close().catch(() => undefined);
    throw error;
  }
}

/**
 * Makes a database where none stands (R3b), or goes on with what a creation that did not come about has left. Meanwhile
 * the sidecar says that it counts for nothing.
 */
export async function createDatabase(
  { place, sidecar, journal, clock }: StorePlaces,
  reading: SidecarReading,
  opened: Database | null,
): Promise<Database> {
  if (reading.kind === "missing") await sidecar?.create({ kind: "creating" });
  if (reading.kind === "standing") await sidecar?.write({ kind: "recreating", state: reading.state });
  const database = opened ?? new Database(await createLevel(place), clock, journal);
  try {
    await refuseCreated(place, sidecar);
    // Nobody was told of what stands there, or it belongs to a database that is gone.
    if (opened === null)
      await journal?.clear(reading.kind === "missing" || reading.kind === "creating" ? "remove" : "aside");
    return database;
  } catch (error) {
    await database.close().catch(() => undefined);
    throw toStoreError(error, `creating ${place.name}`);
  }
}

async function refuseCreated(place: DatabasePlace, sidecar: Sidecar | null): Promise<void> {
  if (sidecar === null) return;
  // Between the look at the sidecar and the database's own lock somebody else may have created the store.
  const { kind } = await readSidecar(sidecar);
  if (kind === "creating" || kind === "recreating") return;
  const advice = "open the store anew";
  throw new CoterieError("STORE_LOCKED", `${place.name} was created by somebody else meanwhile: ${advice}`);
}

async function createLevel(place: DatabasePlace): ReturnType<DatabasePlace["open"]> {
  try {
    return await place.open({ create: true });
  } catch (error) {
    const refusal = toOpenError(error, `creating ${place.name}`);
    if (refusal.code !== "STORE_CORRUPT" || place.discard === undefined) throw refusal;
    await place.discard();
    return place.open({ create: true });
  }
}
