import { type Clock, CoterieError } from "@coterie/interface";
import { Database } from "./database/database.ts";
import type { DatabasePlace } from "./database/place.ts";
import { toOpenError, toStoreError } from "./database/store-error.ts";
import { STORE_FORMAT } from "./format/store-format.ts";
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

/** Opens what is there and creates nothing (R6). @throws CoterieError as `LogStorage.open` */
export async function openStore(place: DatabasePlace, sidecar: Sidecar | null, clock: Clock): Promise<Opened> {
  refuseUnknown(sidecar, await readSidecar(sidecar));
  // Only whoever has the database open may rely on what stands beside it.
  const database = await openDatabase(place, sidecar, clock);
  try {
    const reading = await readSidecar(sidecar);
    refuseUnknown(sidecar, reading);
    const isCreating = reading.kind === "creating" || reading.kind === "recreating";
    if (database === null && reading.kind === "damaged") {
      const advice = "and no database stands beside it. Nothing was changed; the doctor says what is left.";
      throw new CoterieError("STORE_CORRUPT", `${sidecar?.name ?? place.name} is damaged, ${advice}`);
    }
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
  const advice = `This version reads format ${STORE_FORMAT}. Nothing was changed; use the version that wrote it.`;
  throw new CoterieError("STORE_FORMAT_UNKNOWN", `${sidecar.name} has format ${reading.format}. ${advice}`);
}

async function openDatabase(place: DatabasePlace, sidecar: Sidecar | null, clock: Clock): Promise<Database | null> {
  try {
    if ((await place.find()) === "nothing") return null;
    return new Database(await place.open({ create: false }), clock);
  } catch (error) {
    const refusal = toOpenError(error, `opening ${place.name}`);
    const { kind } = await readSidecar(sidecar);
    const isRemains = kind === "creating" || kind === "recreating";
    if (isRemains && refusal.code === "STORE_CORRUPT") return null;
    throw refusal;
  }
}

/**
 * Makes a database where none stands (R3b), or goes on with what a creation that did not come about has left. Meanwhile
 * the sidecar says that it counts for nothing.
 */
export async function createDatabase(
  place: DatabasePlace,
  sidecar: Sidecar | null,
  reading: SidecarReading,
  opened: Database | null,
  clock: Clock,
): Promise<Database> {
  if (reading.kind === "missing") await sidecar?.create({ kind: "creating" });
  if (reading.kind === "standing") await sidecar?.write({ kind: "recreating", state: reading.state });
  const database = opened ?? new Database(await createLevel(place), clock);
  if (sidecar === null) return database;
  try {
    // Between the look at the sidecar and the database's own lock somebody else may have created the store.
    const { kind } = await readSidecar(sidecar);
    if (kind === "creating" || kind === "recreating") return database;
    const advice = "open the store anew";
    throw new CoterieError("STORE_LOCKED", `${place.name} was created by somebody else meanwhile: ${advice}`);
  } catch (error) {
    await database.close().catch(() => undefined);
    throw error;
  }
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
