import { oneDecimal } from "./server-lines.ts";
import { modeOf, nodeCountOf, type WordServer } from "./word-server.ts";

/** `mntr`: what sessions know, then what the server adds. */
export function monitorLines(server: WordServer): string {
  const { serving, facts, connections } = server;
  const { traffic, table } = serving;
  const { machine } = table;
  const { minMs, averageMs, maxMs } = traffic.latency;
  const { dataSizeBytes, sessionCount } = machine.statistics;
  const sessions = [...machine.sessions()];
  const lines: (readonly [string, string | number])[] = [
    ["version", facts.version],
    ["server_state", modeOf(server)],
    ["ephemerals_count", sessions.reduce((sum, { ephemerals }) => sum + ephemerals.size, 0)],
    ["num_alive_connections", connections.size],
    ["avg_latency", oneDecimal(averageMs)],
    ["outstanding_requests", traffic.outstandingCount],
    ["znode_count", nodeCountOf(server)],
    ["global_sessions", sessionCount],
    ["max_latency", Math.round(maxMs)],
    ["min_latency", Math.round(minMs)],
    ["packets_sent", traffic.sentCount],
    ["packets_received", traffic.receivedCount],
    ["local_sessions", 0],
    ["watch_count", watchCountOf(server)],
    ["approximate_data_size", dataSizeBytes],
    ...facts.metrics(),
  ];
  return lines.map(([name, value]) => `zk_${name}\t${value}\n`).join("");
}

function watchCountOf({ serving }: WordServer): number {
  let count = 0;
  for (const [, watchers] of serving.table.machine.dataWatches()) count += watchers.length;
  return count;
}
