import { tmpdir } from "node:os";
import { examineStore, type StoreReport, toStoreError } from "@coterie/storage-level";
import { createClassicLevelPlace, DOCTOR_SIZES } from "./classic-level-place.ts";
import { copyStore, type StoreCopy } from "./copy-store.ts";
import { databasePath } from "./paths.ts";
import { createSecondParts } from "./second-parts.ts";

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
  let copy: StoreCopy | null = null;
  try {
    copy = await copyStore({ location, scratch });
    const name = `the database in ${databasePath(location)}`;
    const place = createClassicLevelPlace({ location: copy.location, name, ...DOCTOR_SIZES });
    return await examineStore({ place, ...createSecondParts(copy.location) });
  } catch (error) {
    throw toStoreError(error, `examining a copy of ${location} in ${scratch}`);
  } finally {
    await copy?.remove();
  }
}
