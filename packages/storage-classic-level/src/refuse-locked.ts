import { loadClassicLevel } from "./load-classic-level.ts";

/**
 * Rejects as LevelDB does if somebody has the database open, and otherwise resolves. LevelDB takes its lock before it looks at
 * anything, and then finds that the database is there, which it is told not to bear.
 */
export async function refuseLocked(path: string): Promise<void> {
  const { ClassicLevel } = await loadClassicLevel();
  const probe = new ClassicLevel(path, { createIfMissing: false, errorIfExists: true });
  try {
    await probe.open();
    await probe.close();
  } catch (error) {
    if (isLocked(error)) throw error;
  }
}

function isLocked(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if ("code" in at && at.code === "LEVEL_LOCKED") return true;
  return false;
}
