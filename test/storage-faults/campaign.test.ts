import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type * as Replay from "../../packages/storage-level/src/journal/replay.ts";
import type * as Recovery from "../../packages/storage-level/src/recovery/recover.ts";
import type * as Scan from "../../packages/storage-level/src/recovery/scan-log.ts";
import { type CampaignFocus, runFocused } from "./campaign.ts";
import { buildRecorder } from "./recording.ts";

// A campaign that finds nothing says something only if it finds what is wrong: stores with one mistake each, and how few
// images it takes.

type Mistake =
  | "takes a short log for a whole one"
  | "takes every damaged tail for a torn one"
  | "counts frames whose batch did not come about";
const planted = vi.hoisted(() => ({ mistake: null as Mistake | null }));

vi.mock("../../packages/storage-level/src/recovery/recover.ts", async (importActual) => {
  const actual = await importActual<typeof Recovery>();
  const recover: typeof Recovery.recover = async (options) => {
    const recovery = await actual.recover(options);
    const isPlanted = planted.mistake === "takes a short log for a whole one";
    if (!isPlanted || recovery?.amnesia.join() !== "log-short") return recovery;
    const hardState = { ...recovery.found.hardState, isAmnesiac: false };
    const found = { ...recovery.found, hardState };
    return { ...recovery, found, amnesia: [], state: { ...recovery.state, hardState } };
  };
  return { ...actual, recover };
});

vi.mock("../../packages/storage-level/src/recovery/scan-log.ts", async (importActual) => {
  const actual = await importActual<typeof Scan>();
  const scanLog: typeof Scan.scanLog = async (database, options) => {
    const isPlanted = planted.mistake === "takes every damaged tail for a torn one";
    return actual.scanLog(database, isPlanted ? { ...options, floor: 0 as typeof options.floor } : options);
  };
  return { ...actual, scanLog };
});

vi.mock("../../packages/storage-level/src/journal/replay.ts", async (importActual) => {
  const actual = await importActual<typeof Replay>();
  const replaySegments: typeof Replay.replaySegments = async (segments, committed, index) => {
    const isPlanted = planted.mistake === "counts frames whose batch did not come about";
    return actual.replaySegments(segments, isPlanted ? Infinity : committed, index);
  };
  return { ...actual, replaySegments };
});

const UNSYNCED_PAGES = fileURLToPath(new URL("mutants/unsynced-pages.mjs", import.meta.url));

const UNSYNCED_FRAMES = fileURLToPath(new URL("mutants/unsynced-frames.mjs", import.meta.url));
const FREED_TOO_EARLY = fileURLToPath(new URL("mutants/frees-segments-too-early.mjs", import.meta.url));

const SHORT_LOG: CampaignFocus = {
  shapes: ["tail in a table"],
  crashes: [],
  damages: [["journal's end", "cut"]],
  lives: ["newer"],
};
const TORN_TAIL: CampaignFocus = {
  shapes: ["tail in a table"],
  crashes: [],
  damages: [["table", "a bit flipped"]],
  lives: ["older"],
};
const CRASHES: CampaignFocus = { shapes: ["mixed"], crashes: ["synced only"], damages: [], lives: ["newer"] };
const PAGES: CampaignFocus = { shapes: ["large checkpoints"], crashes: ["synced only"], damages: [] };

/** A recording depends on timing, so that chance may pass a mistake over: then the next seeds follow. */
const CAMPAIGNS_MAX = 6;

let folder = "";
let recorder: string | null = null;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "storage-campaign-"));
  recorder = buildRecorder(folder);
});

afterEach(() => {
  planted.mistake = null;
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The violations of the first campaign that has `words` among them, or of the last one. */
async function findingsOf(imageCount: number, focus: CampaignFocus, words: RegExp): Promise<string> {
  let findings = "";
  for (let index = 0; index < CAMPAIGNS_MAX && !words.test(findings); index++)
    findings = (await runFocused(3 + index, imageCount, recorder, focus)).violations.join("\n");
  return findings;
}

describe("a campaign finds a store that", () => {
  it.each([
    ["takes a short log for a whole one", SHORT_LOG, 5, /below the watermark/],
    ["takes every damaged tail for a torn one", TORN_TAIL, 30, /passes for a torn tail/],
  ] as const)("%s", async (mistake, focus, imageCount, words) => {
    const sound = await runFocused(3, imageCount, null, focus);
    expect(sound.violations).toEqual([]);
    planted.mistake = mistake;
    const { violations } = await runFocused(3, imageCount, null, focus);
    expect(violations.join("\n")).toMatch(words);
  });

  it("counts frames whose batch did not come about", async ({ skip }) => {
    if (recorder === null) return skip("crashes need Linux and a C compiler");
    const sound = await runFocused(3, 20, recorder, CRASHES);
    expect(sound.violations).toEqual([]);
    planted.mistake = "counts frames whose batch did not come about";
    const words = /a crash alone left the store amnesiac/;
    expect(await findingsOf(50, CRASHES, words)).toMatch(words);
  });

  it.for([
    ["does not sync its frames", UNSYNCED_FRAMES],
    ["frees segments too early", FREED_TOO_EARLY],
  ] as const)("%s", async ([, preload], { skip }) => {
    if (recorder === null) return skip("crashes need Linux and a C compiler");
    const words = /a crash alone left the store/;
    expect(await findingsOf(30, { ...CRASHES, preload }, words)).toMatch(words);
  });

  it("does not sync the pages of a checkpoint before its marker", async ({ skip }) => {
    if (recorder === null) return skip("crashes need Linux and a C compiler");
    const sound = await runFocused(3, 12, recorder, PAGES);
    expect(sound.violations).toEqual([]);
    const words = /a crash alone left the store faulty named/;
    expect(await findingsOf(30, { ...PAGES, preload: UNSYNCED_PAGES }, words)).toMatch(words);
  });
});
