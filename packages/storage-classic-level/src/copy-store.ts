import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CoterieError, toStoreError } from "@coterie/storage-level";
import { copyFiles, listingOf, storeFiles } from "./copy-files.ts";
import { databasePath, journalPath } from "./paths.ts";

export interface CopyStoreOptions {
  /** The store's directory, as for `createClassicLevelStorage`. */
  readonly location: string;
  /** Where the copy is made; it needs as much room as the store takes. @default the system's temporary directory */
  readonly scratch?: string;
}

export interface StoreCopy {
  /** The copy's directory. */
  readonly location: string;
  /** Never rejects. */
  remove(): Promise<void>;
}

/**
 * A copy of a closed store, of all that counts of it: LevelDB tidies its files whenever it is opened, and may be given this one.
 *
 * Rejects with `STORE_CORRUPT` if something else than a file stands in the place of one, with `STORE_LOCKED` if the store changes
 * meanwhile, with `STORE_FULL` if there is no room for the copy, or with `STORE_FAILED`.
 */
export async function copyStore({ location, scratch = tmpdir() }: CopyStoreOptions): Promise<StoreCopy> {
  let copy: string | null = null;
  const remove = async (): Promise<void> => {
    if (copy !== null) await rm(copy, { recursive: true, force: true }).catch(() => undefined);
  };
  try {
    copy = await mkdtemp(join(scratch, "coterie-doctor-"));
    await copyFilesOf(location, copy);
    return { location: copy, remove };
  } catch (error) {
    await remove();
    throw toStoreError(error, `copying ${location} to ${scratch}`);
  }
}

async function copyFilesOf(from: string, to: string): Promise<void> {
  await mkdir(databasePath(to));
  await mkdir(journalPath(to));
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
