// A LogStorage over that database: storage-level does the rest.
import { createFileSidecar, createLevelStorage, syncDirectory } from "@coterie/storage-level";
import { access } from "node:fs/promises";
import { dirname } from "node:path";
import { JournalLevel } from "./journal-level.mjs";

/** @param {string} path @returns {import("@coterie/interface").LogStorage} */
export function createOwnStorage(path) {
  return createLevelStorage({
    durable: true,
    // Says how far the log had reached, so that an end that was lost does not pass for one that never was.
    sidecar: createFileSidecar({ path: `${path}.sidecar` }),
    place: {
      name: `the journal ${path}`,
      find: async () => ((await exists(path)) ? "database" : "nothing"),
      open: async ({ create }) => {
        const database = new JournalLevel(path);
        await database.open({ createIfMissing: create });
        return database;
      },
      // A file that is synced may still have no name after a crash.
      syncDirectory: async () => syncDirectory(dirname(path)),
    },
  });
}

/** @param {string} path */
async function exists(path) {
  return access(path).then(
    () => true,
    () => false,
  );
}
