import { CoterieError } from "@coterie/storage-level";
import type { ClassicLevel } from "classic-level";

/** What is used of the package. */
export interface ClassicLevelModule {
  readonly ClassicLevel: typeof ClassicLevel;
}

const ADVICE = "Install it with: npm install classic-level@3";

/** classic-level is native code that a user of memory alone need not have: so it is asked for when a store is opened. */
export async function loadClassicLevel(): Promise<ClassicLevelModule> {
  return importing(async () => import("./classic-level.ts"));
}

/** @throws CoterieError DEPENDENCY_MISSING */
export async function importing(load: () => Promise<ClassicLevelModule>): Promise<ClassicLevelModule> {
  try {
    return await load();
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n", 1)[0] : String(error);
    throw new CoterieError("DEPENDENCY_MISSING", `classic-level could not be loaded: ${reason}. ${ADVICE}`, {
      cause: error,
    });
  }
}
