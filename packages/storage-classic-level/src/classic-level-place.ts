import { readdir } from "node:fs/promises";
import { CoterieError, type DatabasePlace, type LevelDatabase, syncDirectory } from "@coterie/storage-level";
import { type ClassicLevelModule, loadClassicLevel } from "./load-classic-level.ts";
import { databasePath } from "./paths.ts";

export interface ClassicLevelPlaceOptions {
  /** The store's directory. */
  readonly location: string;
  readonly cacheSizeBytes: number;
  readonly writeBufferSizeBytes: number;
  /** @default the package of that name */
  readonly load?: () => Promise<ClassicLevelModule>;
}

/** Files without which a directory has never been a database. */
const DATABASE_FILE = /^(MANIFEST-\d+|\d+\.(log|ldb|sst))$/;

export function createClassicLevelPlace(options: ClassicLevelPlaceOptions): DatabasePlace {
  const { location, cacheSizeBytes, writeBufferSizeBytes, load = loadClassicLevel } = options;
  const path = databasePath(location);
  return {
    name: `the database in ${path}`,
    find: async () => {
      await load();
      return findDatabase(path);
    },
    open: async ({ create }) => {
      const { ClassicLevel } = await load();
      const database = new ClassicLevel<Uint8Array, Uint8Array>(path, {
        keyEncoding: "view",
        valueEncoding: "view",
        createIfMissing: create,
        cacheSize: cacheSizeBytes,
        writeBufferSize: writeBufferSizeBytes,
      });
      await database.open();
      return database satisfies LevelDatabase;
    },
    discard: async () => (await load()).ClassicLevel.destroy(path),
    syncDirectory: async () => {
      await syncDirectory(path);
      await syncDirectory(location);
    },
  };
}

/** LevelDB takes a directory without CURRENT for an empty one, and deletes what else is in it (ST-07). */
async function findDatabase(path: string): Promise<"nothing" | "database"> {
  const names = await namesIn(path);
  if (names.includes("CURRENT")) return "database";
  const remains = names.filter((name) => DATABASE_FILE.test(name));
  if (remains.length === 0) return "nothing";
  const what = `${path} holds ${remains.slice(0, 3).join(", ")}${remains.length > 3 ? ", ..." : ""}, but no CURRENT`;
  const advice = "Nothing was changed: put the file back, or let the doctor say what a repair would lose.";
  throw new CoterieError("STORE_CORRUPT", `${what}, which names the database's newest MANIFEST. ${advice}`);
}

async function namesIn(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
