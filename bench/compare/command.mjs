// What the command line says.
import { parseArgs } from "node:util";
import { rowNames } from "./rows.mjs";

export const USAGE = `npm run bench -- compare [row or group ...]

  --runs N        rounds; what counts is their median (default 3; a failover by SIGKILL takes 10)
  --seconds S     how long each load runs (default 3)
  --json FILE     keeps every run, and the summary
  --svg FILE      draws the ratios
  --from FILES    runs nothing: prints, or draws, what --json has kept; of several, with commas, all rows
  --products LIST zookeeper,coterie,etcd,floor (default: all that are installed)

To try it:
  --warm S        warm-up of fresh servers, a load (default 4, four loads)
  --patience S    how long to wait for a quiet machine before each run (default 20)
  --redo N        how often a disturbed run is done again (default 2)
  --scale X       of the million znodes and of the 10,000 idle sessions (default 1)
  --cpu-prof DIR  a CPU profile of each of Coterie's servers

rows:   ${rowNames().names.join(" ")}
groups: ${rowNames().groups.join(" ")}`;

const PRODUCTS = ["zookeeper", "coterie", "etcd", "floor"];

const OPTIONS = {
  runs: { type: "string" },
  seconds: { type: "string", default: "3" },
  json: { type: "string" },
  svg: { type: "string" },
  from: { type: "string" },
  products: { type: "string", default: PRODUCTS.join(",") },
  warm: { type: "string", default: "4" },
  patience: { type: "string", default: "20" },
  redo: { type: "string", default: "2" },
  scale: { type: "string", default: "1" },
  "cpu-prof": { type: "string" },
  help: { type: "boolean", short: "h" },
};

/** Throws an Error that says what was not understood. */
export function readCommand(args) {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true, strict: true });
  const runs = values.runs === undefined ? null : integer("runs", values.runs, 1, 1000);
  const products = values.products.split(",");
  const unknown = products.filter((product) => !PRODUCTS.includes(product));
  if (unknown.length > 0) throw new Error(`--products knows ${PRODUCTS.join(", ")}, and not ${unknown.join(", ")}.`);
  return {
    wanted: positionals,
    runs,
    products,
    seconds: number("seconds", values.seconds, 0.1, 3600),
    warmSeconds: number("warm", values.warm, 0, 600),
    patienceSeconds: number("patience", values.patience, 0, 3600),
    redo: integer("redo", values.redo, 0, 100),
    scale: number("scale", values.scale, 0.0001, 10),
    json: values.json ?? null,
    svg: values.svg ?? null,
    from: values.from ?? null,
    profiles: values["cpu-prof"] ?? null,
    isHelp: values.help === true,
  };
}

function integer(name, text, min, max) {
  const value = number(name, text, min, max);
  if (Number.isInteger(value)) return value;
  throw new Error(`--${name} ${text} has to be an integer.`);
}

function number(name, text, min, max) {
  const value = Number(text);
  if (text !== "" && value >= min && value <= max) return value;
  throw new Error(`--${name} ${text} has to be a number in ${min}..${max}.`);
}
