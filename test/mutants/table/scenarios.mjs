// What no seed brings about within reason, a test does: its file, and its name. Without a name, the file as a whole.
const FILES = {
  "test/mutants/kills.test.ts": {
    "reads-miss-the-latest": "R7: a read is answered as of what was committed when the question came",
    "hears-commits-before-the-log-is-cut": "a commit that comes before the log is cut says nothing of what is cut",
  },
  "packages/consensus/test/transcripts.test.ts": {
    "hands-over-to-who-is-behind": "hand-over.txt",
    "stays-with-who-does-not-lead": "deposed-leader.txt",
    "faulty-votes-for-anybody": "faulty-entry-that-may-be-committed.txt",
  },
  "packages/consensus/test/ensemble.test.ts": {
    "amnesiac-votes": "an ensemble of 2 blank voters founds a cluster, elects the highest id and serves",
    "commits-told-with-proposals-only":
      "an ensemble of 2 blank voters founds a cluster, elects the highest id and serves",
  },
  "packages/consensus/test/quorum/quorum.test.ts": {
    "half-of-the-groups": "",
  },
  "packages/consensus/test/rules/2-durable-state.test.ts": {
    "amnesiac-is-elected": "2: a blank peer has no vote, not even for itself (261)",
    "discovery-without-promises": "2: a leader's acceptedEpoch is synced before LEADERINFO",
    "no-establish-round":
      "2: a leader's currentEpoch is stored when a quorum has promised, and no epoch is established before it is synced",
    "epoch-before-the-entries": "2: history, then currentEpoch, are synced before ACK of NEWLEADER (3911, 4643, 4646)",
  },
  "packages/consensus/test/rules/3-quorums.test.ts": {
    "quorum-of-half": "3: whoever has the weight 0 is never elected, and its vote decides nothing",
    "counts-an-observer": "3: observers count neither for the epoch's number nor for its promise (2959)",
    "epoch-of-its-own-only": "3: observers count neither for the epoch's number nor for its promise (2959)",
    "leads-without-a-quorum": "3: observers do not keep a leader alive",
  },
  "packages/consensus/test/rules/5-discovery.test.ts": {
    "never-shuns-the-refuser":
      "5, step 4: a smaller epoch than the accepted one is refused: the peer looks for another leader",
    "follows-the-silent": "5: whoever promised and is then left waiting looks again after initTicks",
    "amnesia-notice-ignored":
      "R3, ST-23: whoever is told that it has forgotten is amnesiac from then on, on disk, and looks again",
    "behind-ignores-epoch": "5, step 5: a later currentEpoch is more, however short the log",
    "behind-ignores-zxid":
      "5, step 5: a voter that has more than the leader had at its election is refused, and not counted",
    "amnesia-not-noticed":
      "R3, ST-23: a peer whose log ends before what it has acknowledged is told, and counted for nothing",
    "amnesia-of-another-life":
      "R3, ST-23: a peer whose log ends before what it has acknowledged is told, and counted for nothing",
    "takes-who-has-more":
      "5, step 5: a voter that has more than the leader had at its election is refused, and not counted",
    "takes-the-forgetful":
      "R3, ST-23: a peer whose log ends before what it has acknowledged is told, and counted for nothing",
    "counts-who-has-not-promised":
      "5, step 4: whoever joined without a promise does not establish the epoch, and counts once it is established",
    "promises-an-older-epoch":
      "5, step 4: a smaller epoch than the accepted one is refused: the peer looks for another leader",
    "promise-counts-twice":
      "5, step 4: a promise given to one leader is none to another that has chosen the same number",
  },
  "packages/consensus/test/rules/6-leader-sync.test.ts": {
    "faulty-is-elected": "R4: a leader whose own log turns out to be unreadable where a learner needs it leads no more",
    "counts-before-joined":
      "6.2: an ack before NEWLEADER is acknowledged makes room and counts for nothing; the leader does not mind it (4685)",
    "proposes-before-applying":
      "6.2: the history that an epoch begins with is committed when the epoch is established, and not before",
  },
  "packages/consensus/test/rules/6-learner-sync.test.ts": {
    "wrong-epoch-from-the-leader": "6.2: messages of another epoch, or over another link, are dropped (TR-05)",
    "truncated-is-still-synced": "6.2: TRUNC and what follows may be one batch: a crash leaves both or neither",
    "repairs-beyond-the-fault": "R4: a repair that goes beyond its fault ends the link, whatever it holds",
    "truncates-too-much": "6.2: TRUNC drops what the leader does not have, on disk before what follows",
  },
  "packages/consensus/test/rules/7-broadcast.test.ts": {
    "confirms-without-a-quorum":
      "R7, U7: a read is confirmed by a quorum that answers a heartbeat sent after the question; never by a lease",
    "confirms-by-an-older-round":
      "R7, U7: a read is confirmed by a quorum that answers a heartbeat sent after the question; never by a lease",
    "sync-waits-for-nothing":
      "7, SYNC: answered when all that was proposed before it is committed, and a quorum has confirmed the leader (U7)",
    "wrong-epoch-from-learners": "7: an ACK of another epoch, or over another link, is dropped",
    "ignores-the-chain":
      "7: a gap, a repetition, or another history in the proposals ends the link; ZooKeeper warns and goes on",
    "accepts-a-gap":
      "7: a gap, a repetition, or another history in the proposals ends the link; ZooKeeper warns and goes on",
  },
  "packages/consensus/test/rules/8-liveness.test.ts": {
    "one-counter-too-many": "8, 1277: when the epoch's counters are used up and all is committed, another epoch begins",
    "leads-with-a-stuck-disk": "8, ST-19: a leader whose write takes longer than storeTicks resigns, and says why",
  },
  "packages/consensus/test/rules/6-guards.test.ts": {
    "commits-what-is-not-here":
      "7: COMMIT beyond the end of the log commits all of it at once, and what comes then as it comes",
    "covers-another-history":
      "R4: a covering checkpoint of another history, or where the log has no entry, covers nothing: the peer stops",
  },
  "packages/consensus/test/rules/founding-asks-anew.test.ts": {
    "founds-without-asking":
      "R3b: a voter that was wiped is not founded by one to whom the cluster has not got through since the founding",
    "untouched-by-a-promise": "R3b: asked, a peer that has promised an epoch says whether it is untouched",
    "an-answer-to-every-question":
      "R3b: each blank voter is asked about: an answer from before the second one turned up is old for it",
  },
  "packages/consensus/test/rules/limits.test.ts": {
    "keeps-who-stores-nothing": "storeTicks: a learner that answers heartbeats and stores nothing is given up",
    "hands-room-out-twice":
      "proposalsInFlightMax: what is handed out has taken its room, until it is proposed or the turn ends",
  },
  "packages/consensus/test/rules/founding.test.ts": {
    "founds-beside-a-promise":
      "R3b: a founding is not gone on with once any voter has promised something: a blank one may have forgotten as much",
    "founded-twice": "R3b, R6: whoever has something is never founded",
  },
  "packages/consensus/test/rules/hand-over.test.ts": {
    "hands-over-uncommitted":
      "hand-over: the target is not asked while something is uncommitted, though it has everything",
    "proposes-while-handing-over":
      "hand-over: no more proposals; the target is asked once it has synced everything and knows that it is committed",
  },
  "packages/consensus/test/rules/readmission.test.ts": {
    "readmits-who-is-behind": "R3b: it is not readmitted before it has again all that was proposed when it joined",
    "counts-an-amnesiac-ack": "R3b: an amnesiac's acks count for nothing until it is readmitted",
    "counts-an-amnesiac": "R3b: an amnesiac is no candidate, votes in no election, and promises no epoch that counts",
    "readmits-at-once":
      "R3b: it is readmitted when, after its join, a quorum without it has confirmed the epoch and holds all, as it does",
  },
  "packages/consensus/test/rules/4-election.test.ts": {
    "no-second-call":
      "4.3: without a result notifications are sent again, at intervals that double, and never rarer than electionMaxTicks",
    "decide-without-a-quorum": "4.3: with a quorum and voters not heard yet, finalizeTicks pass before the decision",
    "votes-of-older-rounds": "4.3: a lower round is answered, and not counted",
  },
  "packages/consensus/test/scenarios/zookeeper-ack-before-synced.test.ts": {
    "new-leader-before-the-history":
      "4643: a follower that crashes between history and currentEpoch has not the later epoch with the shorter log",
  },
  "packages/consensus/test/scenarios/zookeeper-uncommitted-on-old-leader.test.ts": {
    "truncates-memory-only":
      "1154: an entry of an old epoch that lies inside the range of the new leader's history is truncated",
  },
  "packages/consensus/test/scenarios/zookeeper-interrupted-sync.test.ts": {
    "truncates-disk-only": "5094: a TRUNC that is cut short at any frame leaves no hole in the log",
  },
  "packages/consensus/test/rules/4-repairs.test.ts": {
    "repair-skipped": "R4: as many faults as are told are repaired in one join",
    "new-leader-ack-with-faults":
      "R4: of many faults 64 are told; when these are repaired the peer joins again with the rest, and acknowledges then",
  },
};

/** @type {Record<string, { file: string, test: string }>} */
export const SCENARIOS = Object.fromEntries(
  Object.entries(FILES).flatMap(([file, tests]) => Object.entries(tests).map(([name, test]) => [name, { file, test }])),
);
