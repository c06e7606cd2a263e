import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import {
  CoterieError,
  type LogEntry,
  type LogPosition,
  type LogStorage,
  type RecoveredLog,
  type Zxid,
  ZXID_NONE,
} from "@coterie/interface";
import { createClassicLevelStorage } from "@coterie/storage-classic-level";
import { createFileSidecar, type SidecarFiles } from "@coterie/storage-level";
import { lastOf, type Stored } from "../../packages/compliance/test/log-storage/reference/stored.ts";
import type { Image } from "./disk.ts";
import type { Plan } from "./plan.ts";

/** What may become of an image. Anything else is a violation. */
export const OUTCOMES = ["intact", "tail dropped", "faulty named", "amnesiac", "refused", "VIOLATION"] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface Verdict {
  readonly outcome: Outcome;
  /** The code of a refusal; what is wrong with a violation. */
  readonly detail: string;
}

/** What the process had said when the image was taken. */
export interface Testimony {
  readonly plan: Plan;
  /** The last step that was reported done; -1 if none was. */
  readonly done: number;
  /** The last step that had begun. */
  readonly begun: number;
  /** How far the log is known to have reached, by the second copy before it was hurt. */
  readonly watermark: Zxid;
}

export function testimonyOf(plan: Plan, acks: string, watermark: Zxid): Testimony {
  const last = (word: string): number => {
    const found = acks.split("\n").filter((line) => line.startsWith(`${word} `));
    return found.length === 0 ? -1 : Number(found.at(-1)!.split(" ")[1]);
  };
  return { plan, done: last("done"), begun: last("begin"), watermark };
}

/** What the sidecar of an image says, before the image is hurt. */
export async function watermarkIn(image: Image): Promise<Zxid> {
  const file = image.get("store/sidecar") ?? null;
  const files = { read: async () => file } as Partial<SidecarFiles> as SidecarFiles;
  const reading = await createFileSidecar({ path: "store/sidecar", files }).read();
  return reading.kind === "standing" || reading.kind === "recreating" ? reading.state.watermark.zxid : ZXID_NONE;
}

/** A folder in memory where there is one: thousands of stores are opened. */
const PLACES = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** Opens the image, and compares all that it gives with what was written. */
export async function judge(image: Image, testimony: Testimony): Promise<Verdict> {
  const folder = mkdtempSync(join(PLACES, "storage-faults-"));
  try {
    for (const [path, bytes] of image) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), bytes);
    }
    const storage = createClassicLevelStorage({ location: join(folder, "store") });
    try {
      return await judgeStore(storage, testimony);
    } finally {
      await storage.close();
    }
  } catch (error) {
    return { outcome: "VIOLATION", detail: String(error) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function judgeStore(storage: LogStorage, testimony: Testimony): Promise<Verdict> {
  let found: RecoveredLog;
  try {
    found = await storage.open();
  } catch (error) {
    if (error instanceof CoterieError && error.code.startsWith("STORE_"))
      return { outcome: "refused", detail: error.code };
    throw error;
  }
  const candidates = testimony.plan.states.slice(Math.max(0, testimony.done), testimony.begun + 1);
  if (testimony.done < 0) candidates.unshift(null);
  if (found.kind === "blank") {
    return candidates.includes(null) ? good("intact") : bad("a store that was acknowledged is blank");
  }
  const verdict = await judgeOpened(storage, found, candidates, testimony);
  if (verdict.outcome !== "amnesiac") return verdict;
  // What has been noticed once stays noticed.
  await storage.close();
  const again = await storage.open();
  const isKept = again.kind === "open" && again.hardState.isAmnesiac;
  return isKept ? verdict : bad("amnesia was forgotten");
}

type Opened = Extract<RecoveredLog, { kind: "open" }>;

async function judgeOpened(
  storage: LogStorage,
  found: Opened,
  candidates: readonly (Stored | null)[],
  { plan, begun, watermark }: Testimony,
): Promise<Verdict> {
  const states = plan.states.slice(0, begun + 1).filter((state) => state !== null);
  const read = await readLog(storage, found);
  const written = new Map(states.flatMap(({ entries }) => entries).map((entry) => [keyOf(entry), entry]));
  for (const entry of read.entries)
    if (!isSame(entry, written.get(keyOf(entry)))) return bad(`entry ${entry.zxid} is not what was written`);
  const pages = await readPages(storage, states);
  if (pages === "wrong") return bad("a page is not what was written");
  if (found.hardState.isAmnesiac) return good("amnesiac");

  const isPromised = candidates.some((state) => state !== null && isDeepStrictEqual(state.hardState, found.hardState));
  if (!isPromised) return bad("a promise was lost without a word");
  if (found.last.zxid < watermark) return bad(`the log ends at ${found.last.zxid}, below the watermark ${watermark}`);
  if (read.isFaulty || found.faults.length > 0 || pages === "refused") return good("faulty named");

  const isIntact = candidates.some((state) => state !== null && isState(found, read.entries, state));
  if (isIntact) return good("intact");
  const before = states.some((state) => holds(state, read.entries, found.last) && alikeCheckpoints(state, found));
  return before
    ? good("tail dropped")
    : bad(`the log from ${found.base.zxid} to ${found.last.zxid} was never like this`);
}

/** All that can be read, in order. What is read leads on from what was read before, or from the end of a fault. */
async function readLog(storage: LogStorage, found: Opened): Promise<{ entries: LogEntry[]; isFaulty: boolean }> {
  const entries: LogEntry[] = [];
  let isFaulty = false;
  let after: Zxid = found.base.zxid;
  while (after < found.last.zxid) {
    const reading = await storage.read({ after, upTo: found.last.zxid }, 2 ** 16);
    if (reading.kind === "purged") throw new Error(`the log is purged above its own base`);
    if (reading.kind === "entries") {
      if (reading.entries.length === 0) throw new Error(`nothing stands between ${after} and the end, and no fault`);
      entries.push(...reading.entries);
      after = reading.entries.at(-1)!.zxid;
      continue;
    }
    isFaulty = true;
    if (reading.fault.upTo.zxid <= after) throw new Error(`a fault at ${after} does not reach beyond it`);
    after = reading.fault.upTo.zxid;
  }
  return { entries, isFaulty };
}

async function readPages(storage: LogStorage, states: readonly Stored[]): Promise<"right" | "wrong" | "refused"> {
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

function isState(found: Opened, entries: readonly LogEntry[], state: Stored): boolean {
  const { zxid } = lastOf(state);
  const isWhole = found.last.zxid === zxid && holds(state, entries, found.last);
  return (
    isWhole &&
    found.committed === state.committed &&
    alikeCheckpoints(state, found) &&
    isDeepStrictEqual(state.hardState, found.hardState)
  );
}

/** Whether the entries are the state's own up to `last`, as far as they reach back, which a purge need not have moved. */
function holds(state: Stored, entries: readonly LogEntry[], last: LogPosition): boolean {
  const expected = state.entries.filter(({ zxid }) => zxid <= last.zxid);
  const own = entries.filter(({ zxid }) => zxid > state.base.zxid);
  return own.length === expected.length && own.every((entry, index) => isSame(entry, expected[index]));
}

function alikeCheckpoints(state: Stored, { checkpoint }: Opened): boolean {
  return state.checkpoint?.digest === checkpoint?.digest && state.checkpoint?.pageCount === checkpoint?.pageCount;
}

function keyOf({ zxid, chainHash }: LogPosition): string {
  return `${zxid} ${chainHash}`;
}

function isSame(one: LogEntry, other: LogEntry | undefined): boolean {
  if (other === undefined || keyOf(one) !== keyOf(other) || one.tag !== other.tag) return false;
  return equalBytes(one.bytes, other.bytes);
}

function equalBytes(one: Uint8Array, other: Uint8Array | undefined): boolean {
  return other !== undefined && Buffer.compare(one, other) === 0;
}

function good(outcome: Outcome): Verdict {
  return { outcome, detail: "" };
}

function bad(detail: string): Verdict {
  return { outcome: "VIOLATION", detail };
}
