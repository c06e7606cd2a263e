import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runCampaign } from "./campaign.ts";
import { buildRecorder } from "./recording.ts";

const SEED = Number(process.env["COTERIE_FAULT_SEED"] ?? 1);
const IMAGES = Number(process.env["COTERIE_FAULT_IMAGES"] ?? 60);

let folder = "";
let recorder: string | null = null;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "storage-recorder-"));
  recorder = buildRecorder(folder);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("no image of a real LevelDB loses silently what was promised", async () => {
  const matrix = await runCampaign(SEED, IMAGES, recorder);
  const isWorthShowing = process.env["COTERIE_FAULT_IMAGES"] !== undefined || matrix.violations.length > 0;
  if (isWorthShowing) console.log(`\n${matrix.text}\n`);
  if (recorder === null)
    process.stdout.write("SKIPPED images of crashes: they need Linux and a C compiler; files were hurt only\n");
  expect(matrix.violations).toEqual([]);
  expect(matrix.imageCount).toBeGreaterThanOrEqual(IMAGES);
});
