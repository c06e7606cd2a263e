import type { SessionTimeoutBounds } from "@coterie/core";
import type { Clock } from "@coterie/interface";
import type { EngineHost } from "./engine/create-engine.ts";
import { metricsOf, type Tally } from "./metrics/metrics.ts";
import type { PeerOptions } from "./options.ts";
import type { PeerServing } from "./serving/create-serving.ts";
import { SERVER_VERSION } from "./version.ts";
import type { ServerFacts } from "./zookeeper-port/words/server-facts.ts";

export interface FactSources {
  readonly host: EngineHost;
  readonly serving: PeerServing;
  readonly options: PeerOptions;
  readonly timeouts: SessionTimeoutBounds;
  readonly tickMs: number;
  readonly tally: Tally;
  readonly clock: Clock;
  /** Addresses of the ports for ZooKeeper clients. */
  readonly clientAddresses: () => readonly string[];
}

/** `mntr` has lines of its own for these. */
const TOLD_BY_MNTR =
  /^(znode_count|approximate_data_size|watch_count|global_sessions|num_alive_connections|outstanding_requests|packets_.*|.*_latency)$/;

/** What four-letter words tell of the peer. */
export function factsOf(sources: FactSources): ServerFacts {
  const { host, serving, options, tally, clock } = sources;
  return {
    version: SERVER_VERSION,
    isStandalone: () => options.role !== "observer" && Object.keys(options.ensemble).length === 1,
    configuration: () => configurationOf(sources),
    directorySizes: () => host.storedSizes,
    proposalSizes: () => host.leading?.proposalSizes ?? null,
    sessionDeadlines: () => host.leading?.sessionDeadlines() ?? null,
    metrics: () => {
      const metrics = Object.entries(metricsOf(host, serving, tally, clock)).filter(
        ([name]) => !TOLD_BY_MNTR.test(name),
      );
      return [["peer_state", peerStateOf(host)], ...metrics];
    },
  };
}

function peerStateOf({ engine }: EngineHost): string {
  const { state, isServing } = engine.role;
  return `${state} - ${isServing ? "broadcast" : engine.view().phase}`;
}

/** Of ZooKeeper's keys those that have a meaning here. */
function configurationOf({ host, options, timeouts, tickMs, clientAddresses }: FactSources): string {
  const lines: (readonly [string, string | number])[] = [
    ["clientPort", clientAddresses()[0]?.replace(/^.*:/, "") ?? -1],
    ["tickTime", tickMs],
    ["maxClientCnxns", options.zookeeper?.[0]?.connectionsPerIpMax ?? 60],
    ["minSessionTimeout", timeouts.minMs],
    ["maxSessionTimeout", timeouts.maxMs],
    ["serverId", options.id],
    ["peerType", options.role === "observer" ? 1 : 0],
  ];
  const text = lines.map(([key, value]) => `${key}=${value}\n`).join("");
  return host.peers.length === 0 ? text : `${text}membership: \n${host.configText ?? ""}\n`;
}
