import { createSeededRandom, type Random, randomBelow } from "@coterie/interface";
import { ALL_DAMAGES, type Damage, damaged, type Target } from "./damage.ts";
import { type CrashKind, Disk, type Image } from "./disk.ts";
import { judge, type Testimony, testimonyOf, type Verdict, watermarkIn } from "./judge.ts";
import { Matrix } from "./matrix.ts";
import { drawPlan, PLAN_SHAPES, type PlanShape } from "./plan.ts";
import { record, type Recording, STORE_LIVES, type StoreLife } from "./recording.ts";

const CRASHES: readonly CrashKind[] = [
  "all that was written",
  "synced only",
  "torn tail, any byte",
  "torn tail, 512 B",
  "torn tail, 4 KiB",
  "random blocks, 512 B",
  "random blocks, 4 KiB",
];

/** The standard lets file systems do it, and hardly any does: no mere crash, but a fault that must be noticed. */
const NAMES_LOST = "names without a synced folder lost";

const PLAN_STEPS = 60;
/** As many images come from one recording, at most. */
const IMAGES_PER_RECORDING = 250;
/** For so many images there is one recording in which the medium fails; each gives two images. */
const IMAGES_PER_FAILURE = 50;
const FAILURES: readonly string[] = ["EIO on sync", "ENOSPC on write"];

/** Leaves out of a campaign what it is not about. */
export interface CampaignFocus {
  readonly shapes?: readonly PlanShape[];
  /** With none, files are hurt only. */
  readonly crashes?: readonly CrashKind[];
  /** With none, there are crashes only. */
  readonly damages?: readonly (readonly [Target, Damage])[];
  /** See `RecordOptions`. */
  readonly preload?: string;
  readonly lives?: readonly StoreLife[];
}

const EVERYTHING: Required<Omit<CampaignFocus, "preload" | "lives">> = {
  shapes: PLAN_SHAPES,
  crashes: CRASHES,
  damages: ALL_DAMAGES,
};

/** Makes `imageCount` images from plans that the seed draws, and judges them all. */
export async function runCampaign(seed: number, imageCount: number, recorder: string | null): Promise<Matrix> {
  const random = createSeededRandom(seed);
  const matrix = new Matrix();
  const failureCount = recorder === null ? 0 : Math.max(2, Math.floor(imageCount / IMAGES_PER_FAILURE));
  for (let index = 0; index < failureCount; index++) {
    const name = `failure ${index}`;
    await judgeFailure(matrix, name, recorder, random.fork(name));
  }
  await judgePlans(matrix, imageCount, recorder, random, {});
  return matrix;
}

/** As `runCampaign`, without the media that fail, and of what it is about alone. */
export async function runFocused(
  seed: number,
  imageCount: number,
  recorder: string | null,
  focus: CampaignFocus,
): Promise<Matrix> {
  const matrix = new Matrix();
  await judgePlans(matrix, imageCount, recorder, createSeededRandom(seed), focus);
  return matrix;
}

async function judgePlans(
  matrix: Matrix,
  imageCount: number,
  recorder: string | null,
  random: Random,
  focus: CampaignFocus,
): Promise<void> {
  const { shapes = PLAN_SHAPES, lives = STORE_LIVES, preload } = focus;
  // However few images there are, each shape has its share.
  const share = Math.ceil((imageCount - matrix.imageCount) / shapes.length);
  const countMax = Math.min(IMAGES_PER_RECORDING, Math.max(1, share));
  for (let index = 0; matrix.imageCount < imageCount; index++) {
    const shape = shapes[index % shapes.length]!;
    // Another life for each round through the shapes, and another one for each shape of a round.
    const life = lives[(index + Math.floor(index / shapes.length)) % lives.length]!;
    const name = `plan ${index}, ${shape}, ${life}`;
    const plan = drawPlan(random.fork(name), PLAN_STEPS, shape);
    const recording = await record(plan, recorder, { life, ...(preload === undefined ? {} : { preload }) });
    const count = Math.min(countMax, imageCount - matrix.imageCount);
    await judgeRecording(matrix, name, recording, count, random.fork(`images of ${name}`), { ...EVERYTHING, ...focus });
  }
}

/** Half of the images are crashes at random moments, the other half are then hurt. */
async function judgeRecording(
  matrix: Matrix,
  name: string,
  recording: Recording,
  count: number,
  random: Random,
  { crashes, damages }: typeof EVERYTHING,
): Promise<void> {
  const { operations, plan } = recording;
  if (operations === null || crashes.length === 0) {
    const testimony = testimonyOf(plan, recording.acks, await watermarkIn(recording.left));
    for (let index = 0; index < count; index++)
      await judgeDamage(matrix, name, index, recording.left, recording.left, testimony, random, damages);
    return;
  }
  const moments = Array.from({ length: count }, () => randomBelow(random, operations.length + 1)).sort((a, b) => a - b);
  const disk = new Disk();
  let [position, older]: [number, Image] = [0, new Map()];
  for (const [index, moment] of moments.entries()) {
    for (; position < moment; position++) disk.apply(operations[position]!);
    const crash = crashes[Math.floor(index / 2) % crashes.length]!;
    const image = disk.crash(crash, random);
    const testimony = testimonyOf(plan, disk.acks, await watermarkIn(image));
    if (index % 20 === 19) {
      const left = disk.crash(NAMES_LOST, random);
      // The second copy may be another one there.
      const own = { ...testimony, watermark: await watermarkIn(left) };
      matrix.add(NAMES_LOST, `${name} at ${moment}`, await judge(left, own));
    } else if (index % 2 === 0 || damages.length === 0)
      matrix.add(`crash: ${crash}`, `${name} at ${moment}`, strict(await judge(image, testimony)));
    else await judgeDamage(matrix, name, index, image, older, testimony, random, damages);
    if (index % 16 === 0) older = image;
  }
}

async function judgeDamage(
  matrix: Matrix,
  name: string,
  index: number,
  image: Image,
  older: Image,
  testimony: Testimony,
  random: Random,
  damages: typeof EVERYTHING.damages,
): Promise<void> {
  const possible = damages.map(
    ([target, damage]) => [target, damage, damaged(image, target, damage, older, random)] as const,
  );
  const hurt = possible.filter((one): one is typeof one & { 2: Image } => one[2] !== null);
  const chosen = hurt[randomBelow(random, Math.max(1, hurt.length))];
  // Before the first write there is nothing to be hurt: then the image counts as the crash that it is.
  if (chosen === undefined) {
    matrix.add("crash: before the first write", `${name} image ${index}`, strict(await judge(image, testimony)));
    return;
  }
  const [target, damage, left] = chosen;
  matrix.add(`${target}: ${damage}`, `${name} image ${index}`, await judge(left, testimony));
}

/** The medium fails in the middle of a plan; then the store is opened as it is, and as a crash leaves it. */
async function judgeFailure(matrix: Matrix, name: string, recorder: string | null, random: Random): Promise<void> {
  const fault = FAILURES[randomBelow(random, 2)]!;
  const at = 1 + randomBelow(random, 60);
  const fail = fault === "EIO on sync" ? `sync:${at}:EIO` : `write:${at * 4}:ENOSPC`;
  const recording = await record(drawPlan(random, PLAN_STEPS), recorder, { fail });
  const disk = new Disk();
  for (const operation of recording.operations ?? []) disk.apply(operation);
  for (const crash of ["all that was written", "synced only"] as const) {
    const image = disk.crash(crash, random);
    const testimony = testimonyOf(recording.plan, recording.acks, await watermarkIn(image));
    matrix.add(`${fault}, then ${crash}`, `${name} ${fail}`, strict(await judge(image, testimony)));
  }
}

/** A crash alone takes nothing that was acknowledged: nothing less than intact will do. */
function strict(verdict: Verdict): Verdict {
  if (verdict.outcome === "intact" || verdict.outcome === "VIOLATION") return verdict;
  return {
    outcome: "VIOLATION",
    detail: `a crash alone left the store ${verdict.outcome} ${verdict.detail}`.trimEnd(),
  };
}
