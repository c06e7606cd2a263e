import { assert, CoterieError } from "@coterie/interface";
import type { DatabasePlace, LevelDatabase } from "./place.ts";

/**
 * The place of a database that is an object of its own, such as one in memory or in a browser: an empty one is a blank
 * store. The store opens and closes it; nobody else uses it.
 *
 * @throws AssertionError unless the database can take snapshots
 */
export function createLevelPlace(name: string, database: LevelDatabase): DatabasePlace {
  // A reading that goes on while something is written must see one moment.
  assert(database.supports.implicitSnapshots, "the iterators of the database see one moment of it");
  let isTaken = false;
  return {
    name,
    find: async () => "database",
    open: async () => {
      if (isTaken) throw new CoterieError("STORE_LOCKED", `${name} is open already: close the other handle first`);
      isTaken = true;
      const letGo = (): void => {
        isTaken = false;
      };
      database.once("closed", letGo);
      try {
        await database.open();
      } catch (error) {
        database.off("closed", letGo);
        letGo();
        throw error;
      }
      return database;
    },
  };
}
