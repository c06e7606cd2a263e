import type { Clock } from "@coterie/interface";
import type { EngineHost } from "../engine/create-engine.ts";
import type { PeerServing } from "../serving/create-serving.ts";
import type { Measures } from "./measures.ts";

/** What is counted beside what the rooms count themselves. */
export interface Tally {
  stallCount: number;
  stalledMs: number;
  roleChangeCount: number;
  /** On the monotonic clock. */
  beganMs: number;
  /** Since when the peer does not serve, on the monotonic clock; null while it does. */
  unavailableSinceMs: number | null;
  readonly measures: Measures;
}

/** Counters and gauges by ZooKeeper's names where it has them (operations 2), ours behind them. */
export function metricsOf(host: EngineHost, serving: PeerServing, tally: Tally, clock: Clock): Record<string, number> {
  const { engine, peers } = host;
  const { machine } = engine;
  const { traffic, connectedCount } = serving;
  const { latency } = traffic;
  const { znodeCount, dataSizeBytes, sessionCount, watcherCount, bufferSizeBytes } = machine.statistics;
  const { learners, committedZxid, appliedZxid, lastZxid, role } = engine.view();
  return {
    znode_count: znodeCount,
    approximate_data_size: dataSizeBytes,
    watch_count: watcherCount,
    global_sessions: sessionCount,
    num_alive_connections: connectedCount,
    outstanding_requests: traffic.outstandingCount,
    packets_received: traffic.receivedCount,
    packets_sent: traffic.sentCount,
    min_latency: latency.minMs,
    avg_latency: latency.averageMs,
    max_latency: latency.maxMs,
    uptime: Math.max(0, clock.nowMs() - tally.beganMs),
    quorum_size: peers.length + 1,
    learners: learners.length,
    synced_followers: learners.filter(({ isCounted }) => isCounted).length,
    is_serving: role.isServing ? 1 : 0,
    epoch: role.epoch,
    last_zxid: lastZxid,
    committed_zxid: committedZxid,
    applied_zxid: appliedZxid,
    tree_buffer_size_bytes: bufferSizeBytes,
    role_changes: tally.roleChangeCount,
    event_loop_stalls: tally.stallCount,
    event_loop_stalled_ms: tally.stalledMs,
    ...tally.measures.fsynctime.tell("fsynctime"),
    ...tally.measures.updatelatency.tell("updatelatency"),
    ...tally.measures.unavailable_time.tell("unavailable_time"),
  };
}
