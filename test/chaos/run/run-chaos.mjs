import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../../packages/coterie/dist/index.js";
import { createSeededRandom } from "../../../packages/interface/dist/index.js";
import { checkHistory } from "../check/check-history.mjs";
import { readHistory } from "../history/read-history.mjs";
import { nowMs, Recorder } from "../history/recorder.mjs";
import { between, oneOf } from "../nemesis/draw.mjs";
import { Fleet } from "../nemesis/fleet.mjs";
import { KINDS } from "../nemesis/kinds.mjs";
import { Client } from "../work/client.mjs";
import { ACCOUNTS, AMOUNT_FIRST, PARENTS } from "../work/workloads.mjs";
import { finalLook } from "./final-look.mjs";
import { pathsOf, secondLife } from "./second-life.mjs";

/** @typedef {import("../check/check-history.d.mts").Verdict} Verdict */
/**
 * @typedef {{
 *   seconds: number,
 *   peerCount: number,
 *   seed: number,
 *   timing: "dedicated" | "embedded",
 *   faults: readonly string[],
 *   build?: string | null,
 *   say: (line: string) => void,
 * }} ChaosOptions
 */

const OUTSIDE = ["east", "west"];
const CALM_MAX_MS = 1500;
const SIGNALS = /** @type {const} */ (["SIGINT", "SIGTERM"]);

/**
 * An ensemble of real processes under clients and faults until the time is over; then everything is mended, and what clients were told is
 * checked. `failures` is what is wrong beside that. The directory is there if anything was.
 *
 * @param {ChaosOptions} options
 * @returns {Promise<{ verdict: Verdict, failures: readonly string[], faults: Readonly<Record<string, number>>, directory: string }>}
 */
export async function runChaos({ seconds, peerCount, seed, timing, faults: wanted, build = null, say }) {
  const directory = mkdtempSync(join(tmpdir(), "coterie-chaos-"));
  say(`everything is kept in ${directory}`);
  const random = createSeededRandom(seed);
  const recorder = new Recorder(join(directory, "history-run.jsonl"));
  const recorded = new Recorder(join(directory, "faults.jsonl"));
  const fleet = await Fleet.assemble({
    directory,
    peerCount,
    timing,
    seed,
    hasFailpoints: wanted.includes("failpoint"),
  });
  if (build !== null) for (const id of fleet.ids) fleet.builds.set(id, build);
  const giveUp = () => void abandon(fleet);
  for (const signal of SIGNALS) process.once(signal, giveUp);
  /** @type {Record<string, number>} */
  const faults = {};
  try {
    await fleet.launch(random.fork("lines"));
    await prepare(fleet, recorder, random.fork("setup"));
    for (const name of OUTSIDE) fleet.startOutside(name);
    const kinds = available(wanted, fleet, say);
    const draw = random.fork("faults");
    const endMs = nowMs() + seconds * 1000;
    while (nowMs() < endMs && fleet.failures.length === 0) {
      await sleep(between(draw, 0, CALM_MAX_MS));
      const names = drawKinds(draw, kinds);
      await Promise.all(
        names.map(async (name, index) => {
          const begunMs = nowMs();
          const what = await KINDS[name]?.run(fleet, draw.fork(`${index} ${draw.uint32()}`));
          faults[name] = (faults[name] ?? 0) + 1;
          recorded.write({ begunMs, endMs: nowMs(), name, what });
          say(`${name}: ${what}`);
        }),
      );
      if (!(await fleet.untilHealthy()))
        fleet.failures.push(`not everybody serves again after ${names.join(" and ")}: ${fleet.describe().join("; ")}`);
    }
    await fleet.stopWork();
    if (fleet.failures.length === 0) fleet.failures.push(...(await finalLook(fleet, recorder, random.fork("final"))));
    if (fleet.failures.length === 0) {
      const known = await pathsOf(fleet);
      fleet.failures.push(...(await secondLife(fleet, known, recorder, random.fork("second life"), say)));
    }
  } catch (error) {
    fleet.failures.push(`the run has failed: ${error instanceof Error ? error.stack : String(error)}`);
  } finally {
    for (const signal of SIGNALS) process.off(signal, giveUp);
    await fleet.endAll();
    recorder.close();
    recorded.close();
  }
  const verdict = checkHistory(readHistory(directory));
  const isKept = verdict.verdict !== "passed" || fleet.failures.length > 0;
  fleet.release(isKept);
  if (!isKept) rmSync(directory, { recursive: true, force: true });
  return { verdict, failures: fleet.failures, faults, directory };
}

/** Somebody wants the run to end: nothing of it stays behind but its directory. @param {Fleet} fleet */
async function abandon(fleet) {
  await fleet.endAll();
  fleet.release(true);
  process.exit(1);
}

/** @param {readonly string[]} wanted @param {Fleet} fleet @param {(line: string) => void} say */
function available(wanted, fleet, say) {
  const kinds = wanted.filter((name) => {
    const reason = KINDS[name]?.missing?.(fleet) ?? "";
    if (reason !== "") say(`SKIPPED ${name}: ${reason}`);
    return reason === "";
  });
  if (kinds.length === 0) throw new Error("none of these faults can be had here");
  return kinds;
}

/** One, or two that may come together. @param {import("../nemesis/draw.mjs").Random} random @param {readonly string[]} kinds */
function drawKinds(random, kinds) {
  const first = oneOf(random, kinds);
  const mixed = kinds.filter((name) => name !== first && KINDS[name]?.isMixed === true);
  if (KINDS[first]?.isMixed !== true || mixed.length === 0 || between(random, 0, 2) > 0) return [first];
  return [first, oneOf(random, mixed)];
}

/** What there has to be before clients begin. @param {Fleet} fleet @param {Recorder} recorder @param {import("../nemesis/draw.mjs").Random} random */
async function prepare(fleet, recorder, random) {
  const open = () => connect(fleet.connectString, { sessionTimeoutMs: 10_000, deadlineMs: 60_000 });
  const client = new Client({ name: "setup", work: "transfers", open, recorder, random });
  const session = await client.living();
  if (session === null) return;
  for (const path of PARENTS) await session.create(path, null);
  for (const path of ["/fenced/0", "/fenced/1"]) {
    const id = client.nextId();
    await client.do({ kind: "create", path, data: id, version: -1 }, id);
  }
  const id = client.nextId();
  const writes = Array.from({ length: ACCOUNTS }, (_, account) => ({
    kind: /** @type {const} */ ("create"),
    path: `/accounts/${account}`,
    data: `${AMOUNT_FIRST} ${id}`,
    version: -1,
  }));
  const opened = await client.do({ kind: "multi", writes }, id);
  if (opened.outcome !== "ok") fleet.failures.push(`the accounts could not be made: ${opened.code}`);
  await client.close();
}
