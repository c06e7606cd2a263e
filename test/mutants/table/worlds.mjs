// Some bugs need a rare fault at a rare moment. Their seeds are drawn from worlds in which such faults are frequent: these
// options in place of what the seed would draw.
const CHURN = {
  "faults.crash": 10,
  "faults.crash-at-effect": 10,
  "faults.restart-quick": 10,
  "faults.isolate": 10,
  "faults.partition": 10,
  "faults.link-reset": 10,
  faultIntervalUs: 100_000,
  faultDurationUs: 200_000,
  "peer.startMaxUs": 50_000,
};
const CHECKPOINTS = {
  "faults.purge": 10,
  "faults.checkpoint": 10,
  "faults.crash": 10,
  "faults.disk-empty": 3,
  "peer.checkpointIntervalUs": 300_000,
  "peer.purgeSlackMax": 0,
};
const WIPES = {
  ...CHURN,
  "faults.disk-empty": 30,
  "faults.disk-older": 30,
  "faults.disk-lost-tail": 30,
  "faults.disk-lost-database": 10,
};
const HOLES = { ...CHURN, "faults.disk-hole": 30, "faults.disk-rot": 30 };
const READS = {
  voters: 3,
  clients: 6,
  "faults.isolate": 30,
  "faults.one-way-cut": 30,
  "faults.partition": 30,
  "faults.stall": 30,
  "faults.clock-skew": 30,
  "faults.link-silent": 30,
  "workload.mix.linearizable-get": 50,
  "workload.mix.set": 30,
  "workload.registers": 1,
  "workload.thinkMaxUs": 20_000,
};
const FOUR = { ...CHURN, voters: 4 };
const OBSERVERS = { ...CHURN, voters: 3, observers: 2 };
const SHORT_EPOCHS = { "limits.counterMax": 5 };
const SLOW_APPLY = { ...CHURN, "peer.slowApplyPercent": 100 };
const SESSIONS = { ...CHURN, voters: 3, clients: 6, "workload.sessionTimeoutTicks": 20, "workload.mix.ephemeral": 30 };
const TRUNCATIONS = {
  ...CHURN,
  voters: 3,
  "workload.mix.set": 30,
  "workload.pipelineMax": 8,
  "workload.thinkMaxUs": 2000,
};

/** @type {Record<string, Readonly<Record<string, number>>>} */
export const WORLDS = {
  "behind-ignores-zxid": TRUNCATIONS,
  "behind-ignores-epoch": TRUNCATIONS,
  "takes-who-has-more": TRUNCATIONS,
  "epoch-of-its-own-only": CHURN,
  "discovery-without-promises": CHURN,
  "counts-who-has-not-promised": CHURN,
  "promise-counts-twice": CHURN,
  "promises-an-older-epoch": CHURN,
  "epoch-before-the-entries": TRUNCATIONS,
  "hears-commits-before-the-log-is-cut": { ...TRUNCATIONS, "limits.historyWindowMax": 1 },
  "commits-what-is-not-here": TRUNCATIONS,
  "truncates-too-much": TRUNCATIONS,
  "wrong-epoch-from-learners": CHURN,
  "wrong-epoch-from-the-leader": CHURN,
  "accepts-a-gap": CHURN,
  "ignores-the-chain": CHURN,
  "counts-before-joined": TRUNCATIONS,
  "faulty-is-elected": HOLES,
  "faulty-votes-for-anybody": HOLES,
  "delivers-into-a-fault": HOLES,
  "checkpoint-drops-what-is-beyond": { ...HOLES, ...CHECKPOINTS, "faults.disk-hole": 30 },
  "amnesiac-is-elected": WIPES,
  "amnesia-not-noticed": WIPES,
  "amnesia-of-another-life": WIPES,
  "amnesia-notice-ignored": WIPES,
  "amnesiac-votes": WIPES,
  "counts-an-amnesiac-ack": WIPES,
  "counts-an-amnesiac": WIPES,
  "takes-the-forgetful": WIPES,
  "no-establish-round": WIPES,
  "readmits-at-once": WIPES,
  "readmits-who-is-behind": WIPES,
  "founded-twice": { ...WIPES, ...CHURN },
  "quorum-of-half": FOUR,
  "counts-an-observer": OBSERVERS,
  "one-counter-too-many": SHORT_EPOCHS,
  "proposes-before-applying": SLOW_APPLY,
  "confirms-without-a-quorum": READS,
  "confirms-by-an-older-round": READS,
  "reads-miss-the-latest": { ...READS, "peer.slowApplyPercent": 100 },
  "sync-waits-for-nothing": READS,
  "checkpoint-without-its-last-page": CHECKPOINTS,
  "checkpoint-before-its-pages": CHECKPOINTS,
  "checkpoint-never-restored": CHECKPOINTS,
  "purges-under-a-learner": CHECKPOINTS,
  "touches-dropped": SESSIONS,
  "moved-session-writes-on": SESSIONS,
  "expires-early": SESSIONS,
  "new-leader-grants-no-time": SESSIONS,
  "expires-on-a-stall": { ...SESSIONS, "faults.stall": 50 },
  "serves-before-up-to-date": SLOW_APPLY,
  "serves-without-a-leader": CHURN,
  "lost-writes-are-not-unknown": CHURN,
  "client-goes-back-in-time": { ...SLOW_APPLY, "faults.client-reset": 50 },
  "confirmed-before-applied": { ...READS, "peer.slowApplyPercent": 100 },
};
