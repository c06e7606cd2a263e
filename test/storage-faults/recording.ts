import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Image, type Operation, parseJournal } from "./disk.ts";
import { encodePlan, type Plan } from "./plan.ts";

const SOURCE = fileURLToPath(new URL("recorder.c", import.meta.url));
const WORKLOAD = fileURLToPath(new URL("workload.mjs", import.meta.url));

export interface Recording {
  readonly plan: Plan;
  /** Null without the recorder. */
  readonly operations: readonly Operation[] | null;
  /** The files as the process has left them, and what it had said of them. */
  readonly left: Image;
  readonly acks: string;
}

/** The recorder, compiled; null where that is not possible: it is for Linux with a C compiler. */
export function buildRecorder(folder: string): string | null {
  if (process.platform !== "linux") return null;
  const library = join(folder, "recorder.so");
  try {
    execFileSync("cc", ["-O1", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"], { stdio: "pipe" });
    return library;
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return null;
    throw error;
  }
}

export const STORE_LIVES = ["newer", "newer", "upgraded", "older"] as const;
export type StoreLife = (typeof STORE_LIVES)[number];

export interface RecordOptions {
  /** What the recorder lets go wrong; see `recorder.c`. */
  readonly fail?: string;
  /** A module that the process loads before anything else. */
  readonly preload?: string;
  /** Where the store stands meanwhile. @default the system's temporary directory */
  readonly place?: string;
  /** See `workload.mjs`. @default "newer" */
  readonly life?: StoreLife;
}

/** Lets a process of its own live through a plan. */
export async function record(
  plan: Plan,
  recorder: string | null,
  { fail = "", preload, place = tmpdir(), life = "newer" }: RecordOptions = {},
): Promise<Recording> {
  const folder = mkdtempSync(join(place, "storage-faults-"));
  try {
    const [root, journal, planFile] = [join(folder, "root"), join(folder, "journal"), join(folder, "plan.json")];
    mkdirSync(root);
    writeFileSync(planFile, encodePlan(plan));
    const shim = { LD_PRELOAD: recorder ?? "", FAULT_ROOT: root, FAULT_JOURNAL: journal, FAULT_FAIL: fail };
    const env = { ...process.env, FAULT_LIFE: life, ...(recorder === null ? {} : shim) };
    await runWorkload([planFile, root], env, preload === undefined ? [] : ["--import", preload]);
    const left = readImage(root);
    const acks = left.get("acks")?.toString() ?? "";
    left.delete("acks");
    return { plan, operations: recorder === null ? null : parseJournal(readFileSync(journal)), left, acks };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Resolves when the process has ended by itself; see `workload.mjs` for the arguments. */
export async function runWorkload(
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  flags: readonly string[] = [],
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    execFile(process.execPath, [...flags, WORKLOAD, ...args], { env }, (error, _, stderr) => {
      if (error === null) resolve();
      else reject(new Error(`the workload failed: ${stderr}`, { cause: error }));
    });
  });
}

export function readImage(folder: string): Image {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
  return new Map(paths.sort().map((path) => [path, readFileSync(join(folder, path))]));
}
