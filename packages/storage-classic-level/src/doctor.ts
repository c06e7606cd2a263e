import { constants, copyFile, cp, mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import {
  CoterieError,
  createFileSidecar,
  examineStore,
  repairStore,
  type StoreRepair,
  type StoreReport,
} from "@coterie/storage-level";
import { createClassicLevelPlace } from "./classic-level-place.ts";
import { loadClassicLevel } from "./load-classic-level.ts";
import { databasePath, sidecarPath } from "./paths.ts";

export interface DoctorOptions {
  /** The store's directory, as for `createClassicLevelStorage`. */
  readonly location: string;
  /** Where the copy is made; it needs as much room as the store takes. @default the system's temporary directory */
  readonly scratch?: string;
}

/** LevelDB is not used for long here, and not for much. */
const SIZES = { cacheSizeBytes: 8 * 2 ** 20, writeBufferSizeBytes: 4 * 2 ** 20 };

/**
 * Says what a closed store holds, what is wrong with it and what would be lost, and changes nothing of it: LevelDB,
 * which tidies its files whenever it is opened, is given a copy.
 *
 * Rejects with `STORE_LOCKED` if the store changes meanwhile, with `STORE_FULL` if there is no room for the copy, with
 * `STORE_FAILED` or `DEPENDENCY_MISSING`.
 */
export async function doctor({ location, scratch = tmpdir() }: DoctorOptions): Promise<StoreReport> {
  const copy = await mkdtemp(join(scratch, "coterie-doctor-"));
  try {
    const before = await listing(location);
    await copyStore(location, copy);
    if ((await listing(location)) !== before) {
      throw new CoterieError("STORE_LOCKED", `${location} changes while it is looked at: stop the peer that uses it`);
    }
    const place = createClassicLevelPlace({ location: copy, ...SIZES });
    const sidecar = createFileSidecar({ path: sidecarPath(copy) });
    return await examineStore({ place: { ...place, name: `the database in ${databasePath(location)}` }, sidecar });
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** Shares blocks with the original where the file system can. */
async function copyStore(from: string, to: string): Promise<void> {
  await mkdir(databasePath(to));
  for (const path of await filesOf(from)) await copyFile(path.from, join(to, path.name), constants.COPYFILE_FICLONE);
}

async function filesOf(location: string): Promise<{ readonly from: string; readonly name: string }[]> {
  const database = databasePath(location);
  const names = (await namesIn(database)).filter((name) => name !== "LOCK");
  const files = names.map((name) => ({ from: join(database, name), name: join(basename(database), name) }));
  const sidecar = sidecarPath(location);
  const isThere = (await namesIn(location)).includes(basename(sidecar));
  return isThere ? [...files, { from: sidecar, name: basename(sidecar) }] : files;
}

async function listing(location: string): Promise<string> {
  const files = await filesOf(location);
  const lines = files.map(async ({ from, name }) => {
    const { size, mtimeMs } = await stat(from);
    return `${name} ${size} ${mtimeMs}`;
  });
  return (await Promise.all(lines)).sort().join("\n");
}

async function namesIn(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

/** As `StoreRepair`, and what can be done for a database that LevelDB does not open. */
export type ClassicLevelRepair =
  | StoreRepair
  /** LevelDB's own repair: makes a database of the tables and logs that it finds, after a copy of them. */
  | "rebuild-database"
  /** Puts the database aside, so that the peer begins with nothing but its identity, which the sidecar knows. */
  | "set-database-aside";

/**
 * Repairs a store that nobody has open; afterwards its peer is amnesiac. The last two leave the database as it was
 * beside the new one, in `db.aside-<n>`. Rejects as `open` does where no repair of that name helps.
 */
export async function repair({ location }: { readonly location: string }, action: ClassicLevelRepair): Promise<void> {
  const place = createClassicLevelPlace({ location, ...SIZES });
  const sidecar = createFileSidecar({ path: sidecarPath(location) });
  if (action === "rebuild-database") await rebuild(location);
  if (action === "set-database-aside") {
    const { kind } = await sidecar.read();
    if (kind !== "standing" && kind !== "recreating") {
      throw new CoterieError("STORE_CORRUPT", `${sidecar.name} does not say whose the store is, so its database stays`);
    }
    await rename(databasePath(location), await nameAside(location));
  }
  const isOwn = action === "mark-amnesiac" || action === "cut-faults";
  await repairStore({ place, sidecar }, isOwn ? action : "mark-amnesiac");
}

async function rebuild(location: string): Promise<void> {
  const { ClassicLevel } = await loadClassicLevel();
  await cp(databasePath(location), await nameAside(location), { recursive: true });
  await ClassicLevel.repair(databasePath(location));
}

async function nameAside(location: string): Promise<string> {
  const names = await namesIn(location);
  let number = 1;
  while (names.includes(`db.aside-${number}`)) number++;
  return join(location, `db.aside-${number}`);
}
