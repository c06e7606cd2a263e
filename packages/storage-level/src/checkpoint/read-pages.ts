import { CoterieError, formatZxid } from "@coterie/interface";
import { type Database, isCorrupt } from "../database/database.ts";
import { Pacer } from "../database/pacer.ts";
import { pageKey, parsePageKey } from "../format/keys.ts";
import type { Stored } from "../format/log-record.ts";
import { type CheckpointRecord, decodePage, type Segment } from "../format/records.ts";

/** Fewer than a cursor's own number of keys: 64 pages of 64 KiB would be a long turn where bytes are not counted. */
const PAGES_AT_A_TIME = 16;

/**
 * Pages from index `first` on, as `CheckpointReader.read` gives them: copies, since they belong to the caller, and a
 * database in memory gives what it keeps.
 *
 * @throws CoterieError STORE_CORRUPT, naming the first page that is missing or damaged, if none comes before it
 */
export async function readPages(
  database: Database,
  checkpoint: CheckpointRecord,
  first: number,
  sizeMaxBytes: number,
): Promise<Uint8Array[]> {
  const pages: Uint8Array[] = [];
  const room = { bytes: sizeMaxBytes };
  const pacer = new Pacer(database.clock);
  let skipped = 0;
  for (const segment of checkpoint.segments) {
    const from = Math.max(0, first - skipped);
    skipped += segment.pageCount;
    if (from >= segment.pageCount) continue;
    const end = await readSegment(database, segment, from, room, pages, pacer);
    if (end === "full") return pages;
    if (end === "whole") continue;
    if (pages.length > 0) return pages;
    const name = `page ${first} of the checkpoint at ${formatZxid(checkpoint.position.zxid)}`;
    const advice = "The log cannot stand for it: fetch the checkpoint of another peer.";
    throw new CoterieError("STORE_CORRUPT", `${name} is missing or damaged. ${advice}`);
  }
  return pages;
}

async function readSegment(
  database: Database,
  { generation, pageCount }: Segment,
  from: number,
  room: { bytes: number },
  pages: Uint8Array[],
  pacer: Pacer,
): Promise<"whole" | "full" | "damaged"> {
  const range = { from: pageKey(generation, from), end: pageKey(generation, pageCount) };
  const cursor = database.cursor(range, { keysMax: PAGES_AT_A_TIME });
  let index = from;
  try {
    for (let found = await cursor.next(); found.length > 0; found = await cursor.next()) {
      for (const stored of found) {
        const page = soundPage(stored, index);
        if (page === null) return "damaged";
        if (pages.length > 0 && page.length > room.bytes) return "full";
        pages.push(Buffer.from(page));
        room.bytes -= page.length;
        index++;
        const spent = pacer.spendItem(page.length);
        if (spent !== null) await spent;
      }
      if (room.bytes <= 0) return "full";
    }
    return index === pageCount ? "whole" : "damaged";
  } catch (error) {
    if (!isCorrupt(error)) throw error;
    return await readOneByOne(database, { generation, pageCount }, index, room, pages);
  } finally {
    await cursor.close();
  }
}

/** The database found damage somewhere in a piece: what comes before it is still good. */
async function readOneByOne(
  database: Database,
  { generation, pageCount }: Pick<Segment, "generation" | "pageCount">,
  from: number,
  room: { bytes: number },
  pages: Uint8Array[],
): Promise<"whole" | "full" | "damaged"> {
  for (let index = from; index < pageCount; index++) {
    const key = pageKey(generation, index);
    const value = await database.getSound(key);
    const page = value === undefined ? null : decodePage(key, value);
    if (page === null) return "damaged";
    if (pages.length > 0 && page.length > room.bytes) return "full";
    pages.push(Buffer.from(page));
    room.bytes -= page.length;
  }
  return "whole";
}

function soundPage({ key, value }: Stored, index: number): Uint8Array | null {
  return parsePageKey(key)?.index === index ? decodePage(key, value) : null;
}
