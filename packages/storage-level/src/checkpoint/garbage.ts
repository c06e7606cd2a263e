import type { KeyRange } from "../database/cursor.ts";
import { type Database, isCorrupt } from "../database/database.ts";
import { PAGE_KEYS_END, pageKey, parsePageKey } from "../format/keys.ts";

/** The highest generation of which there are pages; 0 if none can be seen, and then a new one may write over them. */
export async function lastPageGeneration(database: Database): Promise<number> {
  try {
    const edge = await database.edge({ from: pageKey(0, 0), end: PAGE_KEYS_END }, true);
    return edge === null ? 0 : (parsePageKey(edge.key)?.generation ?? 0);
  } catch (error) {
    if (isCorrupt(error)) return 0;
    throw error;
  }
}

/** What lies between the generations that are kept, below `end`. */
export function pageGarbage(kept: readonly number[], end: number): KeyRange[] {
  const ranges: KeyRange[] = [];
  let from = 0;
  for (const generation of [...new Set(kept), end].sort((one, other) => one - other)) {
    if (generation > end) break;
    if (generation > from) ranges.push({ from: pageKey(from, 0), end: pageKey(generation, 0) });
    from = generation + 1;
  }
  return ranges;
}
