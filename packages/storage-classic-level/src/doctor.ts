import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CoterieError, createFileSidecar, examineStore, type StoreReport, toStoreError } from "@coterie/storage-level";
import { createClassicLevelPlace, DOCTOR_SIZES } from "./classic-level-place.ts";
import { copyFiles, listingOf, storeFiles } from "./copy-files.ts";
import { databasePath, sidecarPath } from "./paths.ts";

export interface DoctorOptions {
  /** The store's directory, as for `createClassicLevelStorage`. */
  readonly location: string;
  /** Where the copy is made; it needs as much room as the store takes. @default the system's temporary directory */
  readonly scratch?: string;
}

/**
 * Says what a closed store holds, what is wrong with it and what would be lost, and changes nothing of it: LevelDB,
 * which tidies its files whenever it is opened, is given a copy.
 *
 * Rejects with `STORE_CORRUPT` if something else than a file stands in the place of one, with `STORE_LOCKED` if the store changes meanwhile, with `STORE_FULL` if there is no room for the copy, with
 * `STORE_FAILED` or `DEPENDENCY_MISSING`.
 */
export async function doctor({ location, scratch = tmpdir() }: DoctorOptions): Promise<StoreReport> {
  let copy: string | null = null;
  try {
    copy = await mkdtemp(join(scratch, "coterie-doctor-"));
    await copyStore(location, copy);
    const name = `the database in ${databasePath(location)}`;
    const place = createClassicLevelPlace({ location: copy, name, ...DOCTOR_SIZES });
    const sidecar = createFileSidecar({ path: sidecarPath(copy) });
    return await examineStore({ place, sidecar });
  } catch (error) {
    throw toStoreError(error, `examining a copy of ${location} in ${scratch}`);
  } finally {
    if (copy !== null) await rm(copy, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function copyStore(from: string, to: string): Promise<void> {
  await mkdir(databasePath(to));
  const files = await storeFiles(from, to);
  const before = await listingOf(files).catch(refuseGone);
  await copyFiles(files).catch(refuseGone);
  const after = await listingOf(await storeFiles(from, to)).catch(refuseGone);
  if (after !== before) throw changing(from);

  function refuseGone(error: unknown): never {
    const isOwn = error instanceof Error && "path" in error && files.some((file) => file.from === error.path);
    if (isOwn && "code" in error && error.code === "ENOENT") throw changing(from);
    throw error;
  }
}

function changing(location: string): CoterieError {
  return new CoterieError("STORE_LOCKED", `${location} changes while it is looked at: stop the peer that uses it`);
}
