import { startZooKeeperServer, type ZooKeeperServer } from "../interop/zookeeper-server.ts";
import { type CoterieEnsemble, startCoterieEnsemble } from "./coterie-ensemble.ts";
import type { KnownDifference } from "./known-differences.ts";
import { type Program, runProgram } from "./run-program.ts";

/** A real ZooKeeper and three Coterie peers that nobody used before, and one scenario for both. */
export interface BothSides {
  /** Runs the program that `programFor` names for a connection string on both sides at once. */
  run(programFor: (addresses: string) => Program): Promise<Outputs>;
  stop(): Promise<void>;
}

/** With each side's addresses, however they are listed, replaced by "SERVER". */
export interface Outputs {
  readonly zookeeper: string;
  readonly coterie: string;
}

export async function startBothSides(): Promise<BothSides> {
  const enforceQuota = true;
  const [server, ensemble]: [ZooKeeperServer, CoterieEnsemble] = await Promise.all([
    startZooKeeperServer({ enforceQuota }),
    startCoterieEnsemble({ enforceQuota }),
  ]);
  return {
    async run(programFor) {
      const runOn = async (addresses: readonly string[]): Promise<string> => {
        const output = await runProgram(programFor(addresses.join(",")));
        const names = [addresses.join(","), ...addresses];
        return names.reduce((text, name) => text.replaceAll(name, "SERVER"), output);
      };
      const [zookeeper, coterie] = await Promise.all([
        runOn([`${server.host}:${server.port}`]),
        runOn(ensemble.addresses),
      ]);
      return { zookeeper, coterie };
    },
    stop: async () => void (await Promise.all([server.stop(), ensemble.stop()])),
  };
}

/** What ZooKeeper's output says, as Coterie has to say it. Throws where a known difference is none any more. */
export function asCoterie(output: string, differences: readonly KnownDifference[]): string {
  return differences.reduce((text, { name, zookeeper, coterie }) => {
    if (!text.includes(zookeeper)) throw new Error(`ZooKeeper does not say any more what "${name}" is about`);
    return text.replaceAll(zookeeper, coterie);
  }, output);
}
