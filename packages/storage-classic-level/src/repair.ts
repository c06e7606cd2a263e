import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  CoterieError,
  isStoreRepair,
  repairStore,
  type StoreRepair,
  toOpenError,
  toStoreError,
} from "@coterie/storage-level";
import { createClassicLevelPlace, DOCTOR_SIZES } from "./classic-level-place.ts";
import { copyFiles, filesIn } from "./copy-files.ts";
import { loadClassicLevel } from "./load-classic-level.ts";
import { databasePath, fileNamesIn, isDatabaseFile, namesIn } from "./paths.ts";
import { createSecondParts } from "./second-parts.ts";
import { makeRepairable } from "./tables/make-repairable.ts";

/** As `StoreRepair`, and what can be done for a database that LevelDB does not open, or does not write to any more. */
export type ClassicLevelRepair =
  | StoreRepair
  /** Puts the database aside; LevelDB's own repair makes one of a copy of the tables and logs that it finds there. */
  | "rebuild-database"
  /** Puts the database aside, so that the peer begins with nothing but its identity, which the sidecar knows. */
  | "set-database-aside";

/**
 * Repairs a store that nobody has open; afterwards its peer is amnesiac. The last two leave the database as it was
 * beside the new one, in `db.aside-<n>`, and the last one the journal, in `log.aside-<n>`.
 *
 * Rejects with `BAD_ARGUMENTS` if there is no such repair, with `STORE_LOCKED` if somebody has the store open, both before
 * anything is touched; as `open` does where no repair of that name helps; with `STORE_FULL` or `STORE_FAILED`.
 */
export async function repair({ location }: { readonly location: string }, action: ClassicLevelRepair): Promise<void> {
  const isOfFiles = action === "rebuild-database" || action === "set-database-aside";
  if (!isOfFiles && !isStoreRepair(action)) {
    throw new CoterieError("BAD_ARGUMENTS", `there is no repair of the name ${String(action)}: nothing was changed`);
  }
  const place = createClassicLevelPlace({ location, ...DOCTOR_SIZES });
  const { sidecar, journal } = createSecondParts(location);
  try {
    if (action === "rebuild-database") await rebuild(location);
    if (action === "set-database-aside") {
      const { kind } = await sidecar.read();
      if (kind !== "standing" && kind !== "recreating") {
        throw new CoterieError("STORE_CORRUPT", `${sidecar.name} does not say whose the store is: nothing was changed`);
      }
      // Where it is gone already, as after a repair that did not come to its end, nothing is left to be done.
      if ((await namesIn(location)).includes("db")) await putAside(location);
    }
    await repairStore({ place, sidecar, journal }, isOfFiles ? "mark-amnesiac" : action);
  } catch (error) {
    throw toStoreError(error, `repairing ${location}`);
  }
}

async function rebuild(location: string): Promise<void> {
  const { ClassicLevel } = await loadClassicLevel();
  const database = databasePath(location);
  if (!(await fileNamesIn(database)).some(isDatabaseFile)) {
    throw new CoterieError("STORE_CORRUPT", `${database} holds no database that could be rebuilt: nothing was changed`);
  }
  const aside = await putAside(location);
  const draft = join(location, "db.new");
  try {
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft);
    await copyFiles(await filesIn(aside, draft));
    await makeRepairable(draft);
    await ClassicLevel.repair(draft);
    // What it could not use, which stands aside in full.
    await rm(join(draft, "lost"), { recursive: true, force: true });
    await rename(draft, database);
  } catch (error) {
    await rm(draft, { recursive: true, force: true }).catch(() => undefined);
    // Does not take the place of anything: a directory that is not empty stays.
    await rename(aside, database).catch(() => undefined);
    throw error;
  }
}

/**
 * Gives the database another name, while nobody else can have it open: LevelDB takes its lock before it looks at anything.
 * What it does not open for its damage, nobody has open.
 *
 * @throws CoterieError STORE_LOCKED
 */
async function putAside(location: string): Promise<string> {
  const place = createClassicLevelPlace({ location, ...DOCTOR_SIZES });
  const aside = await nameAside(location);
  const held = await place.open({ create: false }).catch((error: unknown) => {
    const refusal = toOpenError(error, `opening ${place.name}`);
    if (refusal.code !== "STORE_CORRUPT") throw refusal;
    return null;
  });
  try {
    // Windows renames nothing that is open.
    if (process.platform === "win32") await held?.close();
    await rename(databasePath(location), aside);
  } finally {
    await held?.close().catch(() => undefined);
  }
  return aside;
}

async function nameAside(location: string): Promise<string> {
  const names = await namesIn(location);
  let number = 1;
  while (names.includes(`db.aside-${number}`)) number++;
  return join(location, `db.aside-${number}`);
}
