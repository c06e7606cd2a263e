import { CoterieError, type DatabasePlace, type LevelDatabase, syncDirectory } from "@coterie/storage-level";
import { holdDirectory } from "./held-directories.ts";
import { type ClassicLevelModule, loadClassicLevel } from "./load-classic-level.ts";
import { refuseLocked } from "./refuse-locked.ts";
import { databasePath, fileNamesIn, isDatabaseFile } from "./paths.ts";
import { refuseDangers } from "./tables/refuse-dangers.ts";

export interface ClassicLevelPlaceOptions {
  /** The store's directory. */
  readonly location: string;
  readonly cacheSizeBytes: number;
  readonly writeBufferSizeBytes: number;
  /** For messages. @default the path of the database */
  readonly name?: string;
  /** @default the package of that name */
  readonly load?: () => Promise<ClassicLevelModule>;
}

/** For a doctor, and a repair: LevelDB is not used for long then, and not for much. */
export const DOCTOR_SIZES: Pick<ClassicLevelPlaceOptions, "cacheSizeBytes" | "writeBufferSizeBytes"> = {
  cacheSizeBytes: 8 * 2 ** 20,
  writeBufferSizeBytes: 4 * 2 ** 20,
};

export function createClassicLevelPlace(options: ClassicLevelPlaceOptions): DatabasePlace {
  const { location, cacheSizeBytes, writeBufferSizeBytes, load = loadClassicLevel } = options;
  const path = databasePath(location);
  const { name = `the database in ${path}` } = options;
  return {
    name,
    find: async () => {
      await load();
      return findDatabase(path);
    },
    open: async ({ create }) => {
      const { ClassicLevel } = await load();
      const letGo = await holdDirectory(path);
      try {
        await refuseDangers(name, path).catch(async (refusal: unknown) => {
          await refuseLocked(path);
          throw refusal;
        });
        const database = new ClassicLevel<Uint8Array, Uint8Array>(path, {
          keyEncoding: "view",
          valueEncoding: "view",
          createIfMissing: create,
          cacheSize: cacheSizeBytes,
          writeBufferSize: writeBufferSizeBytes,
        });
        database.once("closed", letGo);
        await database.open();
        return database satisfies LevelDatabase;
      } catch (error) {
        letGo();
        throw error;
      }
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
  const names = await fileNamesIn(path);
  if (names.includes("CURRENT")) return "database";
  const remains = names.filter(isDatabaseFile);
  if (remains.length === 0) return "nothing";
  const what = `${path} holds ${remains.slice(0, 3).join(", ")}${remains.length > 3 ? ", ..." : ""}, but no CURRENT`;
  const advice = "Nothing was changed: put the file back, or let the doctor say what a repair would lose.";
  throw new CoterieError("STORE_CORRUPT", `${what}, which names the database's newest MANIFEST. ${advice}`);
}
