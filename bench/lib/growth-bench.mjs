// What the scenarios of bench/growth share: ensembles of `coterie serve`, loads in turns, and the costs of each.
import { buildGenerator } from "../compare/load/build.mjs";
import { generate } from "../compare/load/generator.mjs";
import { createCoterie } from "../compare/servers/coterie.mjs";
import { Ensemble } from "../compare/servers/ensemble.mjs";
import { endEverythingAtExit } from "../compare/servers/processes.mjs";
import { report } from "./measure.mjs";
import { medianOf, quantilesOf } from "./quantiles.mjs";

const ROUNDS = 5;
const SECONDS = 2;
const WARM_SECONDS = 4;
const WARM_UP_SECONDS = 0.5;
const SHAPE = { mode: "ops", sessions: 30, inflight: 10, size: 100 };

endEverythingAtExit();
try {
  buildGenerator();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

/** Serving, and warm by sets and gets. Sessions of loads are spread over all its servers, observers included. */
export async function startWarm({ voters = 3, observers = 0 } = {}) {
  const ensemble = await Ensemble.start(createCoterie("dedicated", { voters }), voters + observers);
  for (const op of ["set", "get"]) await run(ensemble, { op, seconds: WARM_SECONDS });
  return ensemble;
}

/** Says so if requests fail, as they may where other work keeps a peer from its leader: figures of the others would look as if all was well. */
export async function run(ensemble, load) {
  const { addresses, pids } = ensemble;
  const result = await generate({ ...SHAPE, seconds: SECONDS, warmup: WARM_UP_SECONDS, ...load }, addresses, pids);
  if (result.errors > 0) console.error(`${result.errors} requests of ${JSON.stringify(load)} have failed`);
  return result;
}

/**
 * Every load on every subject, in turns, so that what changes on the machine changes for all. Reports of each rate, of each load also
 * the processors' time of all servers for each operation: it depends less on neighbours.
 */
export async function measureInTurns(subjects, loads) {
  const runs = new Map();
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, ensemble, load: own = {} } of subjects) {
      for (const load of loads) {
        const key = `${load.op}, ${name}`;
        runs.set(key, [...(runs.get(key) ?? []), await run(ensemble, { ...load, ...own })]);
      }
    }
  }
  for (const [key, all] of runs) {
    reportSpread(
      `${key}: rate`,
      "/s",
      all.map(({ rate }) => rate),
      true,
    );
    reportSpread(`${key}: server CPU an operation`, "us", all.map(costOf), false);
    report({ name: `${key}: p99`, unit: "ms", value: medianOf(all.map(({ p99_us: p99Us }) => p99Us)) / 1000 });
  }
  return runs;
}

/** Microseconds. */
export function costOf({ cpu_servers: cpus, rate }) {
  return (cpus * 1e6) / rate;
}

function reportSpread(name, unit, values, isMoreBetter) {
  const [low, value, high] = quantilesOf(values, [0.25, 0.5, 0.75]);
  report({ name, unit, value, low, high, best: isMoreBetter ? Math.max(...values) : Math.min(...values) });
}
