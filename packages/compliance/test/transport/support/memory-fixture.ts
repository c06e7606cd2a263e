import type { Transport } from "@coterie/interface";
import { createMemoryNetwork, type MemoryNetwork } from "@coterie/transport-memory";
import type { TransportFixture, TransportSite } from "../../../src/transport/fixture.ts";
import { SteppedClock } from "./stepped-clock.ts";
import { SILENT } from "./tampering.ts";

export interface MemorySite extends TransportSite {
  readonly network: MemoryNetwork;
  nextPort: number;
}

const TURNS_MAX = 200;
const CLOSE_TIMEOUT_MS = 20;
const WAIT_MAX_MS = 30_000;

export interface MemoryFixtureOptions {
  /** Gives for each site what makes a transport of the network's own, a broken one for instance. Default: nothing. */
  readonly createWrap?: () => (transport: Transport) => Transport;
  /** Default: a new one at each call. */
  readonly createNetwork?: (clock: SteppedClock) => MemoryNetwork;
  /** Whether the clock goes on when the case waits, or the event loop does. Default: the clock. */
  readonly isPaced?: boolean;
}

/** Two hosts of a network that is made for each site. Time and turns go on when the case waits: it waits for nothing. */
export function createMemoryFixture(options: MemoryFixtureOptions = {}): TransportFixture<MemorySite> {
  const { createWrap = () => (transport) => transport, createNetwork = createNetworkWith, isPaced = true } = options;
  const clock = new SteppedClock();
  return {
    supports: { identity: false, zookeeperFraming: false },
    createSite: async () => {
      const network = createNetwork(clock);
      const wrap = createWrap();
      const [listening, dialing] = [wrap(network.transport("b")), wrap(network.transport("a"))];
      return { network, listening, dialing, nextPort: 2181 };
    },
    removeSite: async () => undefined,
    // The same addresses at each site, so that two sites meet if they share anything.
    createAddress: (site) => `b:${site.nextPort++}`,
    unusableAddress: "b:none",
    hasOwnAddresses: true,
    ...(isPaced ? { pace: { turn: async () => clock.step(), turnsMax: TURNS_MAX } } : { waitMaxMs: WAIT_MAX_MS }),
    connectLost: async ({ network }, address) => {
      network.transport("c").dial(address, SILENT, { frameSizeMaxBytes: 1, sendQueueTargetBytes: 1 });
      return () => network.crash("c");
    },
  };
}

function createNetworkWith(clock: SteppedClock): MemoryNetwork {
  return createMemoryNetwork({ clock, closeTimeoutMs: CLOSE_TIMEOUT_MS });
}
