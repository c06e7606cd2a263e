// Loads of some seconds on servers that stay up, and warm, over all rows and rounds.
import { generate } from "../load/generator.mjs";
import { loadEtcd } from "../load/h2load.mjs";
import { untilCalm } from "../load/machine.mjs";
import { Ensemble } from "../servers/ensemble.mjs";
import { forgetBurst } from "../servers/etcd.mjs";

/** Others have had their turns meanwhile: after ten idle seconds Node.js takes up to 40 % more processor time for a second or two. */
const WARM_UP_SECONDS = 1.5;
const WARM_LOADS = ["set", "get", "mixed", "create"];
const WARM_SHAPE = { sessions: 30, inflight: 10, size: 100 };

async function warm(ensemble, seconds) {
  if (seconds === 0) return;
  if (ensemble.name === "etcd") {
    await loadEtcd({ call: "put", ...WARM_SHAPE }, seconds, ensemble.addresses, ensemble.pids, ensemble.directory);
    return;
  }
  for (const op of WARM_LOADS) {
    const load = { mode: "ops", op, ...WARM_SHAPE, seconds, warmup: 0, isCleaned: op === "create" };
    await generate(load, ensemble.addresses, ensemble.pids);
  }
}

export const steady = {
  /** Servers are shared by all measurements of one section. */
  section: ({ members }) => `steady, ${members} ${members === 1 ? "server" : "servers"}`,

  /** The floor has no sync, which linearizable reads need. */
  takes: ({ load, etcd }, product) =>
    (product !== "etcd" || etcd !== null) && (product !== "floor" || load.op !== "linearizable"),

  async open(product, { members }, { warmSeconds }) {
    const ensemble = await Ensemble.start(product, members);
    await warm(ensemble, warmSeconds);
    return ensemble;
  },

  async run(ensemble, { load, etcd }, { seconds, patienceSeconds }) {
    const { addresses, pids, ports, directory, name } = ensemble;
    if (name === "etcd" && etcd.call !== "put") await forgetBurst(ports[0]);
    await untilCalm(patienceSeconds);
    if (name === "etcd") return loadEtcd(etcd, seconds, addresses, pids, directory);
    return generate({ ...load, seconds, warmup: WARM_UP_SECONDS }, addresses, pids);
  },

  close: (ensemble) => ensemble.end(),
};
