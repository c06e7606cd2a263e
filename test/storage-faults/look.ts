import {
  chainHash,
  CoterieError,
  type LogEntry,
  type LogFault,
  type LogPosition,
  type LogStorage,
  type RecoveredLog,
  type Zxid,
} from "@coterie/interface";
import type { Stored } from "../../packages/compliance/test/log-storage/reference/stored.ts";

export type Opened = Extract<RecoveredLog, { kind: "open" }>;

/** What a store gives when all of it is read. */
export interface Look {
  readonly entries: readonly LogEntry[];
  /** Those that opening named, and those that readings met. */
  readonly faults: readonly LogFault[];
  readonly pages: "right" | "wrong" | "refused";
}

export async function lookAt(storage: LogStorage, found: Opened, states: readonly Stored[]): Promise<Look> {
  return { ...(await readLog(storage, found)), pages: await readPages(storage, states) };
}

/**
 * All that can be read, in order.
 *
 * @throws Error unless what is read leads on from what was read before, or from the end of a fault
 */
async function readLog(
  storage: LogStorage,
  found: Opened,
): Promise<{ entries: readonly LogEntry[]; faults: readonly LogFault[] }> {
  const entries: LogEntry[] = [];
  const faults: LogFault[] = [];
  let at: LogPosition = found.base;
  while (at.zxid < found.last.zxid) {
    const reading = await storage.read({ after: at.zxid, upTo: found.last.zxid }, 2 ** 16);
    if (reading.kind === "purged") throw new Error(`the log is purged above its own base`);
    if (reading.kind === "faulty") {
      const { fault } = reading;
      if (fault.upTo.zxid <= at.zxid) throw new Error(`a fault at ${at.zxid} does not reach beyond it`);
      faults.push(fault);
      at = fault.upTo;
      continue;
    }
    if (reading.entries.length === 0) throw new Error(`nothing stands between ${at.zxid} and the end, and no fault`);
    for (const entry of reading.entries) {
      if (!leadsOn(at, entry)) throw new Error(`entry ${entry.zxid} does not lead on from ${at.zxid}`);
      entries.push(entry);
      at = entry;
    }
  }
  if (at.chainHash !== found.last.chainHash) throw new Error(`the log does not end in what opening said`);
  return { entries, faults };
}

function leadsOn(before: LogPosition, { zxid, tag, bytes, chainHash: hash }: LogEntry): boolean {
  return hash === chainHash(before.chainHash, zxid, tag, bytes);
}

async function readPages(storage: LogStorage, states: readonly Stored[]): Promise<Look["pages"]> {
  const reader = await storage.openCheckpoint();
  if (reader === null) return "right";
  const digest = reader.checkpoint.digest;
  const expected = states.find(({ checkpoint }) => checkpoint?.digest === digest)?.pages ?? [];
  try {
    for (let first = 0; first < reader.checkpoint.pageCount;) {
      const pages = await reader.read(first, 2 ** 16);
      const isRight = pages.length > 0 && pages.every((page, index) => equalBytes(page, expected[first + index]));
      if (!isRight) return "wrong";
      first += pages.length;
    }
    return "right";
  } catch (error) {
    if (error instanceof CoterieError && error.code === "STORE_CORRUPT") return "refused";
    throw error;
  } finally {
    await reader.close();
  }
}

/** Whether what was read is the state's own, up to the end that was found, but for what lies in a fault. */
export function holds(state: Stored, { base, last }: Opened, { entries, faults }: Look): boolean {
  // A purge need not have moved the base; and a base that was lost is where the checkpoint is.
  const from = Math.max(base.zxid, state.base.zxid);
  const isReadable = (zxid: Zxid): boolean =>
    zxid > from && zxid <= last.zxid && !faults.some(({ after, upTo }) => after.zxid < zxid && zxid <= upTo.zxid);
  const expected = state.entries.filter(({ zxid }) => isReadable(zxid));
  const own = entries.filter(({ zxid }) => isReadable(zxid));
  const isEnd = last.zxid <= from || state.entries.some((entry) => keyOf(entry) === keyOf(last));
  return isEnd && own.length === expected.length && own.every((entry, index) => isSame(entry, expected[index]));
}

export function alikeCheckpoints(state: Stored, { checkpoint }: Opened): boolean {
  return state.checkpoint?.digest === checkpoint?.digest && state.checkpoint?.pageCount === checkpoint?.pageCount;
}

export function keyOf({ zxid, chainHash: hash }: LogPosition): string {
  return `${zxid} ${hash}`;
}

export function isSame(one: LogEntry, other: LogEntry | undefined): boolean {
  if (other === undefined || keyOf(one) !== keyOf(other) || one.tag !== other.tag) return false;
  return equalBytes(one.bytes, other.bytes);
}

function equalBytes(one: Uint8Array, other: Uint8Array | undefined): boolean {
  return other !== undefined && Buffer.compare(one, other) === 0;
}
