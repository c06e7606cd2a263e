import { isDeepStrictEqual } from "node:util";
import {
  chainHash,
  CoterieError,
  type LogEntry,
  type LogFault,
  type LogPosition,
  type LogStorage,
  type Zxid,
} from "@coterie/interface";
import { createClassicLevelStorage, repair } from "@coterie/storage-classic-level";
import type { Stored } from "../../packages/compliance/test/log-storage/reference/stored.ts";
import { isSame, keyOf, type Look, lookAt, type Opened } from "./look.ts";

/** A store that was hurt and opened. */
export interface Survivor {
  readonly location: string;
  readonly storage: LogStorage;
  readonly found: Opened;
  readonly look: Look;
  /** What was ever in it. */
  readonly states: readonly Stored[];
}

/**
 * Lets a store whose faults are named live on: other peers mend it, it is purged, it takes two writes, it is opened anew.
 * All of that has to hold; says what does not. LevelDB itself may refuse a write, and then rebuilding has to help.
 */
export async function liveOn(survivor: Survivor): Promise<string | null> {
  const { storage, found, look } = survivor;
  const log = [...look.entries];
  let base: LogPosition = found.base;
  const left: LogFault[] = [];
  try {
    for (const fault of look.faults) {
      const missing = entriesIn(fault, survivor.states);
      // What was purged before, other peers do not have either.
      if (missing === null) left.push(fault);
      else {
        await storage.write({ repair: missing });
        log.push(...missing);
      }
    }
    log.sort((one, other) => one.zxid - other.zxid);
    const mark = found.checkpoint?.zxid;
    if (mark !== undefined && look.pages === "right") base = await storage.purge(mark);
    for (let count = 1; count <= 2; count++) {
      const entry = entryAfter(log.at(-1)?.zxid === found.last.zxid || count === 2 ? log.at(-1)! : found.last, count);
      await storage.write({ append: [entry], committed: entry.zxid });
      log.push(entry);
    }
  } catch (error) {
    if (isRefusalToCompact(error)) return rebuilt(survivor, storage);
    throw error;
  }
  await storage.close();
  const again = await storage.open();
  if (again.kind === "blank") return "a store that was mended is blank";
  const now = await lookAt(storage, again, survivor.states);
  const expected = log.filter(({ zxid }) => zxid > base.zxid);
  if (!isDeepStrictEqual(again.hardState, found.hardState)) return "a promise changed in mending";
  if (keyOf(again.base) !== keyOf(base)) return "the base is not where the purge had put it";
  if (again.last.zxid !== log.at(-1)!.zxid) return `the log ends at ${again.last.zxid}, not behind what was appended`;
  const isLeft = (fault: LogFault): boolean => left.some((one) => one.upTo.zxid >= fault.upTo.zxid);
  if (!now.faults.every(isLeft)) return "a fault is there again that was mended";
  const isAll =
    now.entries.length === expected.length && now.entries.every((one, index) => isSame(one, expected[index]));
  return isAll ? null : "what was mended and written is not what is read";
}

/** After the rebuilding that the message asks for the store opens, amnesiac, says nothing wrong, and takes writes. */
async function rebuilt({ location, states }: Survivor, storage: LogStorage): Promise<string | null> {
  await storage.close();
  await repair({ location }, "rebuild-database");
  const other = createClassicLevelStorage({ location });
  try {
    for (let life = 1; life <= 2; life++) {
      const found = await other.open();
      if (found.kind === "blank" || !found.hardState.isAmnesiac) return "a store that was rebuilt is not amnesiac";
      await lookAt(other, found, states);
      await other.write({ append: [entryAfter(found.last, life)] });
      await other.close();
    }
    return null;
  } finally {
    await other.close();
  }
}

function isRefusalToCompact(error: unknown): boolean {
  return error instanceof CoterieError && error.code === "STORE_FAILED" && error.message.includes("rebuild-database");
}

/** What was written there, as other peers have it; null if they have let go of some of it. */
function entriesIn({ after, upTo }: LogFault, states: readonly Stored[]): LogEntry[] | null {
  const before = new Map<string, { readonly entry: LogEntry; readonly before: LogPosition }>();
  for (const { base, entries } of states) {
    for (const [index, entry] of entries.entries())
      before.set(keyOf(entry), { entry, before: entries[index - 1] ?? base });
  }
  const missing: LogEntry[] = [];
  for (let at: LogPosition = upTo; keyOf(at) !== keyOf(after);) {
    const known = before.get(keyOf(at));
    if (known === undefined) return null;
    missing.unshift(known.entry);
    at = known.before;
  }
  return missing;
}

function entryAfter({ zxid: before, chainHash: hash }: LogPosition, number: number): LogEntry {
  const [zxid, tag, bytes] = [(before + 1) as Zxid, number, Buffer.alloc(100, number)];
  return { zxid, tag, bytes, chainHash: chainHash(hash, zxid, tag, bytes) };
}
