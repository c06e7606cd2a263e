import { classicLevel, createPeer, tcp } from "../../packages/coterie/dist/index.js";

/**
 * A peer of such an ensemble, in this process.
 *
 * @param {{ id: number, ensemble: Record<number, string>, listen?: string, directory: string, clientPort: number, timing: "dedicated" | "embedded" }} options
 */
export function createEnsemblePeer({ id, ensemble, listen, directory, clientPort, timing }) {
  return createPeer({
    id,
    ensemble,
    ...(listen === undefined ? {} : { listen }),
    storage: classicLevel(directory),
    transport: tcp({ secret: "the secret of a test" }),
    timing,
    zookeeper: { port: clientPort, connectionsPerIpMax: 0 },
    sessions: { tickMs: 500 },
  });
}
