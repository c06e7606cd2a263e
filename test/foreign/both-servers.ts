import { afterAll, beforeAll } from "vitest";
import { startZooKeeperServer, type ZooKeeperServer } from "../interop/zookeeper-server.ts";
import { type CoterieEnsemble, startCoterieEnsemble } from "./coterie-ensemble.ts";
import { compileCurator, type CuratorProgram } from "./curator/curator.ts";

/** What tests of mixed clients share, from before the first to behind the last. */
export interface BothServers {
  /** For `it.each`. */
  readonly servers: readonly { readonly name: string; readonly addresses: () => string }[];
  /** Compiled from `source`. */
  curator(): CuratorProgram;
}

/** Starts both for the tests of the room in which it is called, beside a Java program that uses Curator. */
export function useBothServers(source: URL, jars?: readonly string[]): BothServers {
  let server: ZooKeeperServer;
  let ensemble: CoterieEnsemble;
  let curator: CuratorProgram;

  beforeAll(async () => {
    [server, ensemble, curator] = await Promise.all([
      startZooKeeperServer(),
      startCoterieEnsemble(),
      compileCurator(source, jars),
    ]);
  }, 60_000);

  afterAll(async () => {
    curator.remove();
    await Promise.all([server.stop(), ensemble.stop()]);
  });

  return {
    servers: [
      { name: "Coterie", addresses: () => ensemble.addresses.join(",") },
      { name: "Apache ZooKeeper", addresses: () => `${server.host}:${server.port}` },
    ],
    curator: () => curator,
  };
}
