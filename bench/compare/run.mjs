// Round after round, in each round row after row, and for each row every product in turn, another one first in each round: what
// changes on the machine meanwhile changes for all.
import { coldStart } from "./kinds/cold-start.mjs";
import { failover } from "./kinds/failover.mjs";
import { idle } from "./kinds/idle.mjs";
import { million } from "./kinds/million.mjs";
import { steady } from "./kinds/steady.mjs";

const KINDS = { steady, failover, million, idle, "cold-start": coldStart };
const RUNS_DEFAULT = 3;
const PRODUCTS_DEFAULT = ["zookeeper", "coterie", "etcd", "floor"];

/** Measurements in sections: those of one section share servers. Rows that share a measurement have it made once. */
export function planSections(rows, runs) {
  const sections = new Map();
  for (const { measurement: name, measure, runsMin = RUNS_DEFAULT } of rows) {
    const kind = KINDS[measure.kind];
    const key = kind.section(measure);
    const section = sections.get(key) ?? { title: key, kind, rounds: 0, measurements: [] };
    section.rounds = runs ?? Math.max(section.rounds, runsMin);
    if (!section.measurements.some((one) => one.name === name)) section.measurements.push({ name, measure });
    sections.set(key, section);
  }
  return [...sections.values()];
}

/** All runs of all sections, the disturbed ones included. `tell` hears of each. */
export async function runSections(sections, products, settings, tell) {
  const runs = [];
  for (const section of sections) {
    for (const group of grouped(section, products)) {
      tell(`${section.title}: ${section.rounds} rounds of ${group.map(({ name }) => name).join(", ")}`);
      await runSection(section, group, settings, (run) => {
        runs.push(run);
        tell(describeRun(run));
      });
    }
  }
  return runs;
}

/** Those that are up at the same time, in turns, and each of the others. */
function grouped({ kind, measurements }, products) {
  const taking = products.filter(({ name }) => measurements.some(({ measure }) => takesPart(kind, measure, name)));
  const together = taking.filter(({ isAlone }) => isAlone !== true);
  const alone = taking.filter(({ isAlone }) => isAlone === true).map((product) => [product]);
  return together.length === 0 ? alone : [together, ...alone];
}

async function runSection({ kind, rounds, measurements }, products, settings, keep) {
  const subjects = [];
  try {
    for (const product of products) {
      const used = measurements.find(({ measure }) => takesPart(kind, measure, product.name));
      subjects.push({ product, subject: await kind.open(product, used.measure, settings) });
    }
    for (let round = 1; round <= rounds; round++) {
      for (const { name, measure } of measurements) {
        const taking = subjects.filter(({ product }) => takesPart(kind, measure, product.name));
        for (const { product, subject } of turned(taking, round - 1)) {
          const run = () => kind.run(subject, measure, settings);
          const label = { measurement: name, product: product.name, round };
          await runUndisturbed(run, settings.redo, (result) =>
            keep({ ...label, at: new Date().toISOString(), ...result }),
          );
        }
      }
    }
  } finally {
    for (const { subject } of subjects) await kind.close(subject);
  }
}

/** From another one on, so that none is always the first. */
function turned(all, by) {
  const first = by % Math.max(1, all.length);
  return [...all.slice(first), ...all.slice(0, first)];
}

function takesPart(kind, measure, product) {
  return (measure.products ?? PRODUCTS_DEFAULT).includes(product) && kind.takes(measure, product);
}

async function runUndisturbed(run, redo, keep) {
  for (let attempt = 0; attempt <= redo; attempt++) {
    const result = await run();
    keep(result);
    if (result.disturbed !== true) return;
  }
}

const TOLD = {
  rate: "/s",
  p50_us: " us p50",
  p99_us: " us p99",
  last_p50_us: " us to the last",
  service_gap_ms: " ms gap",
  session_gap_ms: " ms gap of a session",
  client_back_ms: " ms until clients are back",
  ms: " ms",
  rss_mib: " MiB",
  disk_mib: " MiB of disk",
  restart_term_ms: " ms after SIGTERM",
  restart_kill_ms: " ms after SIGKILL",
  cpu_us_a_second: " us/s a session",
  kib: " KiB a session",
  cpu_servers: " CPUs of servers",
  cpu_others: " of others",
};

/** One line for who waits. */
export function describeRun(run) {
  const figures = Object.entries(TOLD).flatMap(([field, unit]) =>
    Number.isFinite(run[field]) && run[field] !== 0 ? [`${Number(run[field].toPrecision(4))}${unit}`] : [],
  );
  const errors = run.errors > 0 ? [`${run.errors} errors`] : [];
  const disturbed = run.disturbed === true ? ["disturbed"] : [];
  return `  ${run.measurement}, ${run.product}, round ${run.round}: ${[...figures, ...errors, ...disturbed].join(", ")}`;
}
