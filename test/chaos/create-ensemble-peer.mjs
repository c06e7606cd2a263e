import { classicLevel, createPeer, tcp } from "../../packages/coterie/dist/index.js";
import { failingStorage } from "./failpoints/failing-storage.mjs";
import { failingTransport } from "./failpoints/failing-transport.mjs";

/**
 * A peer of such an ensemble, in this process. With a failpoint the process dies where that is reached.
 *
 * @param {{
 *   id: number,
 *   ensemble: Record<number, string>,
 *   listen?: string,
 *   directory: string,
 *   clientPort: number,
 *   timing: "dedicated" | "embedded",
 *   checkpointIntervalBytes?: number,
 * }} options
 * @param {import("./failpoints/failpoint.mjs").Failpoint | null} [failpoint]
 */
export function createEnsemblePeer(options, failpoint = null) {
  const { id, ensemble, listen, directory, clientPort, timing, checkpointIntervalBytes } = options;
  const storage = classicLevel(directory);
  const transport = tcp({ secret: "the secret of a test" });
  return createPeer({
    id,
    ensemble,
    ...(listen === undefined ? {} : { listen }),
    storage: failpoint === null ? storage : failingStorage(storage, failpoint),
    transport: failpoint === null ? transport : failingTransport(transport, failpoint),
    timing,
    zookeeper: { port: clientPort, connectionsPerIpMax: 0 },
    ...(checkpointIntervalBytes === undefined ? {} : { limits: { checkpointIntervalBytes } }),
    sessions: { tickMs: 500 },
  });
}
