// Sessions that do nothing but ping, on three fresh servers.
import { generate } from "../load/generator.mjs";
import { untilCalm } from "../load/machine.mjs";
import { Ensemble } from "../servers/ensemble.mjs";

const MEMBERS = 3;
const TIMEOUT_MS = 10_000;
/** Until all have pinged: they do so each third of their timeout. */
const WARM_UP_SECONDS = 5;
/** Three pings of each. */
const SECONDS = 10;

export const idle = {
  section: () => "idle sessions",
  takes: (_measure, product) => product !== "etcd",
  open: (product) => product,

  async run(product, { sessions }, { patienceSeconds, scale }) {
    await untilCalm(patienceSeconds);
    const ensemble = await Ensemble.start(product, MEMBERS);
    try {
      const count = Math.round(sessions * scale);
      const load = { mode: "idle", sessions: count, timeoutMs: TIMEOUT_MS, warmup: WARM_UP_SECONDS, seconds: SECONDS };
      const run = await generate(load, ensemble.addresses, ensemble.pids);
      const kib = ((run.rss_mib - run.rss_before_mib) * 1024) / count;
      return { ...run, cpu_us_a_second: (run.cpu_servers * 1e6) / count, kib };
    } finally {
      await ensemble.end();
    }
  },

  close: () => undefined,
};
