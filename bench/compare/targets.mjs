// What Coterie is to reach. A ratio is Coterie's figure by the other's, of the same run; `atMost` and `atLeast` without one are of
// the figure itself.

const STEADY = { p99: 0.5 };

/** Beside Apache ZooKeeper. */
export const TARGETS = {
  "set-1x1": { ratioAtMost: 0.6, ...STEADY },
  "set-1x100": { ratioAtLeast: 5, ...STEADY },
  "set-30x10": { ratioAtLeast: 3.5, ...STEADY },
  "set-100x10": { ratioAtLeast: 3.5, ...STEADY },
  "set-1k-30x10": { ratioAtLeast: 3, ...STEADY },
  "create-1x100": { ratioAtLeast: 4, ...STEADY },
  "create-30x10": { ratioAtLeast: 3, ...STEADY },
  "create-100x10": { ratioAtLeast: 3, ...STEADY },
  "get-1x1": { ratioAtMost: 0.6, ...STEADY },
  "get-1x100": { ratioAtLeast: 10, ...STEADY },
  "get-30x10": { ratioAtLeast: 4, ...STEADY },
  "get-100x10": { ratioAtLeast: 4, ...STEADY },
  "mixed-1x100": { ratioAtLeast: 6, ...STEADY },
  "mixed-100x10": { ratioAtLeast: 4, ...STEADY },
  "standalone-set-30x10": { ratioAtLeast: 1.5, ...STEADY },
  "standalone-get-30x10": { ratioAtLeast: 3, ...STEADY },
  "standalone-get-1x100": { ratioAtLeast: 10, ...STEADY },
  "watch-100": { ratioAtMost: 0.25 },
  "watch-1000": { ratioAtMost: 0.25 },
  "churn-1": { ratioAtLeast: 1.8 },
  "churn-30": { ratioAtLeast: 5 },
  "lock-10": { ratioAtLeast: 2 },
  "failover-kill": { ratioAtMost: 0.25 },
  "failover-stop": { ratioAtMost: 0.05 },
  "failover-stop-embedded": { ratioAtMost: 0.3 },
  // Two thirds of the sessions' timeout of 10 s, and half a second.
  "failover-stop-sessions": { atMost: 7167 },
  "failover-stop-client": { atMost: 1000 },
  "memory-1m": { ratioAtMost: 0.6 },
  "disk-1m": { ratioAtMost: 0.25 },
  "restart-term-1m": { ratioAtMost: 0.45 },
  "restart-kill-1m": { ratioAtMost: 0.45 },
  "cold-start-1": { ratioAtMost: 0.5 },
  "cold-start-3": { ratioAtMost: 0.25 },
  "idle-cpu": { ratioAtMost: 0.5 },
  "idle-memory": { ratioAtMost: 0.5 },
};

/** Beside etcd. */
export const ETCD_TARGETS = {
  "set-30x10": { ratioAtLeast: 3 },
  "set-100x10": { ratioAtLeast: 3 },
  "linearizable-30x10": { ratioAtLeast: 3 },
  "failover-stop": { ratioAtMost: 0.35 },
};
