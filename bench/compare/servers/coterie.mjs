// Coterie: `coterie serve`, a process each, stores on disk. It reads ZooKeeper's configuration. Links between peers are plain, as those
// of ZooKeeper and etcd are here.
import { fileURLToPath } from "node:url";
import { leaderAmong, untilServing } from "./four-letter.mjs";
import { writeZooCfg } from "./zookeeper.mjs";

const COMMAND = fileURLToPath(new URL("../../../packages/coterie/dist/bundle/coterie.cjs", import.meta.url));

/** With `profiles`, a directory, each process leaves a CPU profile there when it ends. Members behind so many `voters` are observers. */
export function createCoterie(timing, { profiles = null, voters = Infinity } = {}) {
  const profiling = profiles === null ? [] : ["--cpu-prof", `--cpu-prof-dir=${profiles}`];
  return {
    name: timing === "dedicated" ? "coterie" : `coterie-${timing}`,
    title: `Coterie (${timing})`,
    portsEach: 3,
    missing: () => null,
    launch: (directory, index, ports) => {
      const config = writeZooCfg(directory, index, ports, voters);
      const args = [...profiling, COMMAND, "serve", "--config", config, "--timing", timing];
      return { command: process.execPath, args };
    },
    untilServing: async (ports) => {
      for (const port of ports) await untilServing(port);
    },
    leader: leaderAmong,
  };
}
