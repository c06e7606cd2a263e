import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { CoterieError, type HardState, type RecoveredLog, type Zxid, ZXID_NONE } from "@coterie/interface";
import { createClassicLevelStorage } from "@coterie/storage-classic-level";
import { createFileSidecar, type SidecarFiles } from "@coterie/storage-level";
import { lastOf, type Stored } from "../../packages/compliance/test/log-storage/reference/stored.ts";
import type { Image } from "./disk.ts";
import { liveOn, type Survivor } from "./living-on.ts";
import { alikeCheckpoints, holds, isSame, keyOf, type Look, lookAt, type Opened } from "./look.ts";
import { PLACES } from "./places.ts";
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

/** Opens the image, and compares all that it gives with what was written. */
export async function judge(image: Image, testimony: Testimony): Promise<Verdict> {
  const folder = mkdtempSync(join(PLACES, "storage-faults-"));
  try {
    for (const [path, bytes] of image) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), bytes);
    }
    return await judgeStore(join(folder, "store"), testimony);
  } catch (error) {
    return { outcome: "VIOLATION", detail: String(error) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function judgeStore(location: string, testimony: Testimony): Promise<Verdict> {
  const storage = createClassicLevelStorage({ location });
  try {
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
    const states = testimony.plan.states.slice(0, testimony.begun + 1).filter((state) => state !== null);
    const judgeNow = async (opened: Opened): Promise<{ look: Look; verdict: Verdict }> => {
      const look = await lookAt(storage, opened, states);
      return { look, verdict: judgeOpened(opened, look, candidates, states, testimony) };
    };
    const { look, verdict } = await judgeNow(found);
    return await judgeLater({ location, storage, found, look, states }, verdict, judgeNow);
  } finally {
    await storage.close();
  }
}

/** What a store does once it was opened. */
async function judgeLater(
  survivor: Survivor,
  verdict: Verdict,
  judgeNow: (opened: Opened) => Promise<{ readonly verdict: Verdict }>,
): Promise<Verdict> {
  const { storage } = survivor;
  if (verdict.outcome === "faulty named") {
    const complaint = await liveOn(survivor);
    return complaint === null ? verdict : bad(complaint);
  }
  if (verdict.outcome !== "amnesiac") return verdict;
  await storage.close();
  const again = await storage.open();
  if (again.kind === "open" && again.hardState.isAmnesiac) return verdict;
  // What a log of another time says, LevelDB prefers until it has put that into a table; from then on the latest counts. So
  // all may be there again, and nothing was written meanwhile. What is noticed stays noticed, unless nothing is missing.
  const isWhole = again.kind === "open" && (await judgeNow(again)).verdict.outcome === "intact";
  return isWhole ? verdict : bad("amnesia was forgotten");
}

function judgeOpened(
  found: Opened,
  look: Look,
  candidates: readonly (Stored | null)[],
  states: readonly Stored[],
  { watermark }: Testimony,
): Verdict {
  const written = new Map(states.flatMap(({ entries }) => entries).map((entry) => [keyOf(entry), entry]));
  for (const entry of look.entries)
    if (!isSame(entry, written.get(keyOf(entry)))) return bad(`entry ${entry.zxid} is not what was written`);
  if (look.pages === "wrong") return bad("a page is not what was written");
  const { hardState, last, droppedTailCount } = found;
  if (droppedTailCount > 0 && last.zxid < watermark)
    return bad("what stands below the watermark passes for a torn tail");
  if (hardState.isAmnesiac) return isMadeOf(hardState, states) ? good("amnesiac") : bad("promises were made up");

  const isPromised = candidates.some((state) => state !== null && isDeepStrictEqual(state.hardState, hardState));
  if (!isPromised) return bad("a promise was lost without a word");
  if (last.zxid < watermark) return bad(`the log ends at ${last.zxid}, below the watermark ${watermark}`);
  const isFaulty = look.faults.length > 0 || found.faults.length > 0 || look.pages === "refused";
  if (!isFaulty && candidates.some((state) => state !== null && isState(found, look, state))) return good("intact");
  // Whatever cannot be read: the rest is as it was at one moment. A log that goes back to the start stands for a checkpoint, too.
  const isGone = found.checkpoint === null && (isFaulty || found.base.zxid === ZXID_NONE);
  const before = states.some((state) => holds(state, found, look) && (isGone || alikeCheckpoints(state, found)));
  if (!before) return bad(`the log from ${found.base.zxid} to ${last.zxid} was never like this`);
  return good(isFaulty ? "faulty named" : "tail dropped");
}

/** Whether it is whose it was, with an incarnation and epochs that it had, if not at the same time. */
function isMadeOf(found: HardState, states: readonly Stored[]): boolean {
  const had = states.map(({ hardState }) => hardState);
  const fields = ["clusterId", "peerId", "incarnation", "acceptedEpoch", "currentEpoch"] as const;
  return fields.every((field) => had.some((one) => one[field] === found[field]));
}

function isState(found: Opened, look: Look, state: Stored): boolean {
  return (
    found.last.zxid === lastOf(state).zxid &&
    holds(state, found, look) &&
    found.committed === state.committed &&
    alikeCheckpoints(state, found) &&
    isDeepStrictEqual(state.hardState, found.hardState)
  );
}

function good(outcome: Outcome): Verdict {
  return { outcome, detail: "" };
}

function bad(detail: string): Verdict {
  return { outcome: "VIOLATION", detail };
}
