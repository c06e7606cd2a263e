import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSeededRandom } from "@coterie/interface";
import { createClassicLevelStorage } from "@coterie/storage-classic-level";
import { judge, testimonyOf, watermarkIn } from "./judge.ts";
import { drawPlan, encodePlan } from "./plan.ts";
import { readImage, runWorkload } from "./recording.ts";

const SIZE_BYTES = 2 ** 20;

/** A file system of a mebibyte, which only root may mount, and not everywhere. */
function mountSmall(folder: string): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${SIZE_BYTES}`, "tmpfs", folder], { stdio: "pipe" });
    return true;
  } catch {
    return false;
  }
}

const folder = mkdtempSync(join(tmpdir(), "full-disk-"));
const disk = join(folder, "disk");
mkdirSync(disk);
const isMounted = mountSmall(disk);

describe.skipIf(!isMounted)("a disk that is really full (ST-18)", () => {
  const plan = drawPlan(createSeededRandom(5), 200);
  const acksFile = join(folder, "acks");

  beforeAll(async () => {
    writeFileSync(join(folder, "plan.json"), encodePlan(plan));
    writeFileSync(join(disk, "ballast"), Buffer.alloc(SIZE_BYTES - 96 * 1024));
    await runWorkload([join(folder, "plan.json"), disk, acksFile]);
  });

  it("fails one step of the workload with STORE_FULL, and lets none follow", () => {
    const lines = readFileSync(acksFile, "utf8").trimEnd().split("\n");
    expect(lines.at(-1)).toMatch(/^failed \d+ STORE_FULL$/);
    expect(lines.filter((line) => line.startsWith("failed"))).toHaveLength(1);
  });

  it("is opened or refused in words as long as it is full, and loses nothing when there is room again", async () => {
    writeFill(disk);
    const full = createClassicLevelStorage({ location: join(disk, "store") });
    const code = await full.open().then(
      () => "opened",
      (error: { code?: unknown }) => error.code,
    );
    await full.close();
    expect(["opened", "STORE_FULL", "STORE_FAILED"]).toContain(code);

    for (const name of readdirSync(disk)) if (name !== "store") rmSync(join(disk, name));
    const image = readImage(disk);
    const testimony = testimonyOf(plan, readFileSync(acksFile, "utf8"), await watermarkIn(image));
    expect(await judge(image, testimony)).toEqual({ outcome: "intact", detail: "" });
  });
});

afterAll(() => {
  if (isMounted) execFileSync("umount", [disk]);
  rmdirSync(disk);
  rmSync(folder, { recursive: true, force: true });
});

/** To the last byte. */
function writeFill(place: string): void {
  for (let sizeBytes = 64 * 1024; sizeBytes >= 1; sizeBytes = Math.floor(sizeBytes / 2)) {
    try {
      for (let count = 0; ; count++)
        writeFileSync(join(place, `fill-${sizeBytes}-${count}`), Buffer.alloc(sizeBytes), { flag: "wx" });
    } catch (error) {
      if ((error as { code?: unknown }).code !== "ENOSPC") throw error;
    }
  }
}
