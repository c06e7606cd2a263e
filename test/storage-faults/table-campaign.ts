import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createSeededRandom, type Random, randomBelow } from "@coterie/interface";
import { partsOf, type Range, TABLE_PARTS } from "../../packages/storage-classic-level/test/support/table-parts.ts";
import type { Image } from "./disk.ts";
import { PLACES } from "./places.ts";
import { drawPlan, PLAN_SHAPES } from "./plan.ts";
import { record } from "./recording.ts";

const OPENER = fileURLToPath(new URL("opener.mjs", import.meta.url));

const PLAN_STEPS = 60;
/** Stores that one process looks at, one after the other. */
const STORES_PER_PROCESS = 50;

/** What a flipped bit may hit. */
export const HURT_PARTS = [...TABLE_PARTS, "write-ahead log", "MANIFEST", "CURRENT"] as const;
export type HurtPart = (typeof HURT_PARTS)[number];

const WHOLE_FILES: readonly (readonly [HurtPart, RegExp])[] = [
  ["write-ahead log", /\/\d+\.log$/],
  ["MANIFEST", /\/MANIFEST-\d+$/],
  ["CURRENT", /\/CURRENT$/],
];

/** What became of a store: "rebuilt" was refused before. Whatever is not one of these is what went wrong. */
export type TableOutcome = "opened" | "refused" | "rebuilt" | "died";

export interface HurtStore {
  readonly part: HurtPart;
  /** How it can be made again. */
  readonly name: string;
  readonly outcome: TableOutcome;
  readonly words: string;
}

/** As a store opens it, rebuilt before that, or LevelDB alone. */
export type OpenMode = "checked" | "rebuilt" | "unchecked";

export interface RecordedStore {
  readonly name: string;
  readonly image: Image;
}

/** Closed stores from plans that the seed draws; of every other one all that was in the write-ahead log is in tables. */
export async function recordStores(seed: number, count: number): Promise<readonly RecordedStore[]> {
  const random = createSeededRandom(seed);
  const stores: RecordedStore[] = [];
  for (let index = 0; index < count; index++) {
    const shape = PLAN_SHAPES[index % PLAN_SHAPES.length]!;
    const name = `plan ${index}, ${shape}`;
    const drawn = drawPlan(random.fork(name), PLAN_STEPS, shape);
    const isTabled = (index + Math.floor(index / PLAN_SHAPES.length)) % 2 === 0;
    const again = isTabled ? ([{ kind: "open" }, { kind: "close" }] as const) : [];
    const steps = [...drawn.steps, { kind: "close" } as const, ...again];
    stores.push({ name, image: (await record({ ...drawn, steps }, null, { place: PLACES, life: "older" })).left });
  }
  return stores;
}

/** Flips a bit in each of `count` copies, and lets another process open each, read it, and have it compacted. */
export async function hurtStores(
  stores: readonly RecordedStore[],
  seed: number,
  count: number,
  mode: OpenMode,
  parts: readonly HurtPart[] = HURT_PARTS,
): Promise<readonly HurtStore[]> {
  const random = createSeededRandom(seed);
  const hurt: HurtStore[] = [];
  for (const [index, { name, image }] of stores.entries()) {
    const share = Math.ceil((count - hurt.length) / (stores.length - index));
    // Each goes on with the parts where the one before has ended.
    const turned = parts.map((_, at) => parts[(hurt.length + at) % parts.length]!);
    const images = flippedImages(image, share, turned, random.fork(name));
    for (let at = 0; at < images.length; at += STORES_PER_PROCESS)
      hurt.push(...(await openAll(images.slice(at, at + STORES_PER_PROCESS), name, mode)));
  }
  return hurt;
}

export interface FlippedImage {
  readonly image: Image;
  readonly part: HurtPart;
  readonly name: string;
}

function flippedImages(
  image: Image,
  count: number,
  parts: readonly HurtPart[],
  random: Random,
): readonly FlippedImage[] {
  const places = [...image].map(([path, bytes]) => ({ path, own: hurtPartsOf(path, bytes) }));
  const flipped: FlippedImage[] = [];
  for (let draws = 0; flipped.length < count && draws < 20 * count; draws++) {
    const part = parts[draws % parts.length]!;
    const possible = places.filter(({ own }) => (own.get(part)?.length ?? 0) > 0);
    if (possible.length === 0) continue;
    const { path, own } = possible[randomBelow(random, possible.length)]!;
    const ranges = own.get(part)!;
    const [from, end] = ranges[randomBelow(random, ranges.length)]!;
    const [at, bit] = [from + randomBelow(random, end - from), randomBelow(random, 8)];
    const bytes = Buffer.from(image.get(path)!);
    bytes[at]! ^= 1 << bit;
    flipped.push({ image: new Map(image).set(path, bytes), part, name: `bit ${bit} of byte ${at} of ${path}` });
  }
  return flipped;
}

function hurtPartsOf(path: string, bytes: Buffer): ReadonlyMap<HurtPart, readonly Range[]> {
  if (path.endsWith(".ldb")) return partsOf(bytes);
  const own = WHOLE_FILES.find(([, pattern]) => pattern.test(path));
  return new Map(own === undefined || bytes.length === 0 ? [] : [[own[0], [[0, bytes.length]]]]);
}

/** Lets one process after the other open these, until each has had its turn. */
export async function openAll(
  images: readonly FlippedImage[],
  plan: string,
  mode: OpenMode,
): Promise<readonly HurtStore[]> {
  const folder = mkdtempSync(join(PLACES, "table-faults-"));
  try {
    const locations = images.map(({ image }, index) => {
      for (const [path, bytes] of image) {
        mkdirSync(dirname(join(folder, String(index), path)), { recursive: true });
        writeFileSync(join(folder, String(index), path), bytes);
      }
      return join(folder, String(index), "store");
    });
    const lines: string[] = [];
    while (lines.length < locations.length) {
      const { said, end } = await runOpener([mode, ...locations.slice(lines.length)]);
      lines.push(...said);
      if (lines.length < locations.length) lines.push(`died ${end}`);
    }
    return images.map(({ part, name }, index) => {
      const [outcome = "", ...words] = lines[index]!.split(" ");
      return { part, name: `${plan}: ${name}`, outcome: outcome as TableOutcome, words: words.join(" ") };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the process said of each store, and how it ended. */
async function runOpener(args: readonly string[]): Promise<{ readonly said: readonly string[]; readonly end: string }> {
  const child = spawn(process.execPath, [OPENER, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.on("data", (bytes: Buffer) => (out += bytes.toString()));
  child.stderr.on("data", (bytes: Buffer) => (err += bytes.toString()));
  const end = await new Promise<string>((resolve) => {
    child.once("close", (code, signal) => resolve(signal ?? `with code ${code}`));
  });
  return { said: out.split("\n").slice(0, -1), end: `${end}: ${err.trim().slice(-300)}` };
}
