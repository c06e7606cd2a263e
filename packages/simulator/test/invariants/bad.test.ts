import type { LogEntry } from "@coterie/interface";
import { describe, expect, it } from "vitest";
import { checkpointAt, entryAfter, rejectionsOf, Story, z } from "./story.ts";
import { type Bad, COMMITS, e, FORGETFUL, incoming, stored } from "./bad-commits.ts";

const changed = (entry: LogEntry): LogEntry => ({ ...entry, bytes: new Uint8Array([9, 9, 9]) });

const LEADERS: readonly Bad[] = [
  {
    what: "two leaders of one epoch, by their roles",
    rejectedBy: ["leadership"],
    tell: (story) => story.role(2, 1),
  },
  {
    what: "a leader that leads the same epoch in its next life",
    rejectedBy: ["leadership"],
    tell: (story) => story.restart(1, z(1, 2)).role(1, 1),
  },
  {
    what: "UPTODATE from a second leader",
    rejectedBy: ["leadership"],
    tell: (story) => story.send(2, 3, { kind: "up-to-date", epoch: e(1), committed: z(1, 2) }),
  },
  {
    what: "a notification that says established from a second leader",
    rejectedBy: ["leadership"],
    tell: (story) =>
      story.send(2, 3, story.notification(2, { state: "leading", isEstablished: true, epoch: e(1), vote: null })),
  },
  {
    what: "two proposers in one epoch",
    rejectedBy: ["epochs-monotonic"],
    tell: (story) => story.propose(2, 1, story.next(2, 1)),
  },
  {
    what: "an accepted epoch that goes down",
    rejectedBy: ["epochs-monotonic"],
    tell: (story) =>
      story.promise(2, 5).sync(2, { hardState: story.state(2, { acceptedEpoch: e(4), currentEpoch: e(1) }) }),
  },
  {
    what: "a current epoch that goes down",
    rejectedBy: ["epochs-monotonic"],
    tell: (story) => story.sync(2, { hardState: story.state(2, { currentEpoch: e(0) }) }),
  },
  {
    what: "a current epoch above the accepted one",
    rejectedBy: ["epochs-monotonic"],
    tell: (story) => story.sync(2, { hardState: story.state(2, { currentEpoch: e(2) }) }),
  },
];

const DELIVERIES: readonly Bad[] = [
  {
    what: "a txn that nobody has proposed",
    rejectedBy: ["integrity"],
    tell: (story) => story.sync(1, { append: story.next(1, 1) }),
  },
  {
    what: "a txn with other bytes than were proposed",
    rejectedBy: ["integrity"],
    tell: (story) => {
      const [entry] = story.next(1, 1);
      const { zxid, bytes } = changed(entry!);
      story.propose(1, 1, [entry!]).sync(1, { append: [entryAfter(story.position(1), zxid, 0, bytes)] });
    },
  },
  {
    what: "a txn delivered twice in one life",
    rejectedBy: ["integrity", "total-order", "local-primary-order", "never-below-applied"],
    tell: (story) => story.deliver(2, [story.disk(2).entries.at(-1)!]),
  },
  {
    what: "a txn left out inside an epoch",
    rejectedBy: ["local-primary-order", "never-below-applied"],
    tell: (story) => {
      const entries = stored(story, 2);
      story.deliver(1, entries).deliver(2, [entries[1]!]);
    },
  },
  {
    what: "a primary that leaves out a number",
    rejectedBy: ["local-primary-order"],
    tell: (story) => story.propose(1, 1, [entryAfter(story.position(1), z(1, 4), 0, new Uint8Array(1))]),
  },
  {
    what: "two txns of one epoch in the wrong order",
    rejectedBy: ["local-primary-order", "total-order", "never-below-applied"],
    tell: (story) => {
      const entries = stored(story, 2);
      story.deliver(1, entries).deliver(2, [...entries].reverse());
    },
  },
  {
    what: "a txn of an earlier epoch after one of a later epoch",
    rejectedBy: ["never-below-applied", "global-primary-order", "total-order"],
    tell: (story) => {
      const first = stored(story);
      story.deliver(1, first).crash(1).lead(2, 2, [3]).deliver(2, first).write(2, 2, [3]);
      story.deliver(3, first);
    },
  },
  {
    what: "an entry that others have committed past",
    rejectedBy: ["agreement"],
    tell: (story) => {
      const junk = story.next(1, 1);
      story.propose(1, 1, junk).sync(1, { append: junk }).crash(1);
      story.lead(2, 2, [3]).write(2, 2, [3]);
      story.restart(1, z(1, 2)).deliver(1, junk);
    },
  },
  {
    what: "a commit by a log that does not contain what is committed",
    rejectedBy: ["agreement", "commit-has-a-quorum-of-synced-copies"],
    tell: (story) => {
      story.lead(3, 2, []);
      const other = story.next(3, 2);
      story.propose(3, 2, other).sync(3, { append: other });
      const entries = story.next(1, 1);
      story.propose(1, 1, entries).sync(1, { append: entries }).sync(2, { append: entries });
      story.commit(1, 2, 1, z(1, 3)).commit(3, 1, 2, z(2, 1));
    },
  },
];

const HISTORIES: readonly Bad[] = [
  {
    what: "a delivered entry whose history is another one",
    rejectedBy: ["synced-before-said", "prefix-consistency"],
    tell: (story) => {
      const [entry] = stored(story);
      story.deliver(1, [entry!]).deliver(2, [{ ...entry!, chainHash: (entry!.chainHash ^ 1) as never }]);
    },
  },
  {
    what: "a checkpoint with another history",
    rejectedBy: ["log-contiguous", "prefix-consistency"],
    tell: (story) => {
      const at = checkpointAt(story.disk(1), z(1, 2));
      story.restart(3, z(1, 2)).sync(3, { checkpoint: incoming({ zxid: at.zxid, chainHash: 77 as never }) });
      story.restored(3, z(1, 2));
    },
  },
  {
    what: "a primary that has not delivered what others have",
    rejectedBy: ["primary-integrity"],
    tell: (story) => {
      const entries = stored(story);
      story.deliver(1, entries).crash(1).lead(2, 2, [3]).propose(2, 2, story.next(2, 2));
    },
  },
  {
    what: "an entry of an earlier epoch delivered first after a primary has begun without it",
    rejectedBy: ["primary-integrity"],
    tell: (story) => {
      const entries = stored(story);
      story.crash(1).lead(2, 2, [3], z(1, 2)).propose(2, 2, story.next(2, 2)).deliver(3, entries);
    },
  },
  {
    what: "a hole in a log",
    rejectedBy: ["log-contiguous"],
    tell: (story) => {
      const entries = story.next(1, 1, 2);
      const late = entryAfter(story.position(1), entries[1]!.zxid, 0, entries[1]!.bytes);
      story.propose(1, 1, entries).sync(1, { append: [late] });
    },
  },
  {
    what: "a wrong chain hash",
    rejectedBy: ["log-contiguous"],
    tell: (story) => {
      const [entry] = story.next(1, 1);
      story.propose(1, 1, [entry!]).sync(1, { append: [{ ...entry!, chainHash: 5 as never }] });
    },
  },
  {
    what: "one zxid with two histories",
    rejectedBy: ["log-contiguous"],
    tell: (story) => {
      const junk = story.next(1, 1);
      story.propose(1, 1, junk).sync(1, { append: junk }).crash(1);
      story.lead(2, 2, [3]);
      const first = story.next(2, 2, 1);
      story.propose(2, 2, first).sync(2, { append: first }).start(1, z(1, 2)).promise(1, 2);
      const other = story.next(1, 2, 1).map((entry) => ({ ...entry, bytes: first[0]!.bytes }));
      story.sync(1, { append: other });
    },
  },
  {
    what: "a truncation at a place that is not in the log",
    rejectedBy: ["log-contiguous"],
    tell: (story) => story.restart(3, z(1, 2)).sync(3, { truncateAfter: z(1, 9) }),
  },
];

const DISKS: readonly Bad[] = [
  {
    what: "an ack of an entry that is not synced",
    rejectedBy: ["synced-before-said"],
    tell: (story) => story.propose(1, 1, story.next(1, 1)).ack(2, 1, 1, z(1, 3)),
  },
  {
    what: "an ack past entries that were found unreadable",
    rejectedBy: ["synced-before-said"],
    tell: (story) =>
      story
        .crash(2)
        .fault(2, { unreadable: new Set([z(1, 1)]) })
        .start(2, z(0, 1))
        .ack(2, 1, 1),
  },
  {
    what: "ACKEPOCH without the promise on disk",
    rejectedBy: ["synced-before-said"],
    tell: (story) => story.send(2, 3, story.ackEpoch(2, 2)),
  },
  {
    what: "ACKEPOCH with a longer log than is on disk",
    rejectedBy: ["synced-before-said"],
    tell: (story) => {
      const [last] = story.next(2, 1);
      story.promise(2, 2).send(2, 3, { ...story.ackEpoch(2, 2), last: last! });
    },
  },
  {
    what: "ACKEPOCH with another current epoch than is on disk",
    rejectedBy: ["synced-before-said"],
    tell: (story) => story.promise(2, 2).send(2, 3, { ...story.ackEpoch(2, 2), currentEpoch: e(0) }),
  },
  {
    what: "ACK of NEWLEADER before the epoch is on disk",
    rejectedBy: ["synced-before-said"],
    tell: (story) => story.promise(2, 2).send(2, 3, { kind: "ack-new-leader", epoch: e(2), last: z(1, 2) }),
  },
  {
    what: "ACK of NEWLEADER before the history is on disk",
    rejectedBy: ["synced-before-said"],
    tell: (story) => story.send(2, 1, { kind: "ack-new-leader", epoch: e(1), last: z(1, 3) }),
  },
  {
    what: "NEWEPOCH before the leader's own promise is on disk",
    rejectedBy: ["synced-before-said"],
    tell: (story) => story.send(2, 3, { kind: "new-epoch", epoch: e(2) }),
  },
  {
    what: "a notification with a zxid that is not synced",
    rejectedBy: ["synced-before-said"],
    tell: (story) => story.send(2, 3, story.notification(2, { credential: { currentEpoch: e(1), lastZxid: z(1, 3) } })),
  },
  {
    what: "a notification with an epoch that is not synced",
    rejectedBy: ["synced-before-said"],
    tell: (story) => story.send(2, 3, story.notification(2, { credential: { currentEpoch: e(2), lastZxid: z(1, 2) } })),
  },
  {
    what: "FOLLOWERINFO with an accepted epoch that is not synced",
    rejectedBy: ["synced-before-said"],
    tell: (story) =>
      story.send(2, 3, {
        kind: "follower-info",
        acceptedEpoch: e(2),
        credential: { currentEpoch: e(1), lastZxid: z(1, 2) },
        standing: "sound",
        round: 1,
      }),
  },
  {
    what: "a peer that says readmitted while its disk says amnesiac",
    rejectedBy: ["synced-before-said"],
    tell: (story) =>
      story
        .sync(2, { hardState: story.state(2, { isAmnesiac: true }) })
        .send(2, 1, { kind: "readmitted", epoch: e(1) }),
  },
  {
    what: "an entry applied before it stands in the peer's own log",
    rejectedBy: ["synced-before-said"],
    tell: (story) => {
      const entries = story.next(1, 1);
      story.propose(1, 1, entries).sync(1, { append: entries }).sync(2, { append: entries }).deliver(3, entries);
    },
  },
  {
    what: "a disk that does not hold what was synced",
    rejectedBy: ["disk-image"],
    tell: (story) => {
      const { entries } = story.disk(2);
      story.crash(2).start(2, z(1, 1));
      const found = story.observations.at(-1)!;
      if (found.kind !== "started") throw new Error("the story has just started a peer");
      story.observations[story.observations.length - 1] = {
        ...found,
        disk: { ...found.disk, entries: entries.slice(0, 2) },
      };
    },
  },
];

const STATES: readonly Bad[] = [
  {
    what: "two states at one zxid",
    rejectedBy: ["equal-digests-at-equal-zxid"],
    tell: (story) => {
      const entries = stored(story);
      story.deliver(1, entries).deliver(2, entries, "another");
    },
  },
  {
    what: "a checkpoint that gives another state",
    rejectedBy: ["equal-digests-at-equal-zxid"],
    tell: (story) => story.restart(3, z(1, 2)).restored(3, z(1, 2), "another"),
  },
  {
    what: "a replay that gives another state",
    rejectedBy: ["replay-equals-live"],
    tell: (story) => story.restart(3, z(1, 1), "another"),
  },
  {
    what: "a start at an entry that is not committed",
    rejectedBy: ["never-below-applied"],
    tell: (story) => {
      stored(story);
      story.restart(3, z(1, 3));
    },
  },
  {
    what: "a start where the log does not reach",
    rejectedBy: ["never-below-applied"],
    tell: (story) => {
      story.write(1, 1, [2]);
      story.restart(3, z(1, 3));
    },
  },
  {
    what: "a start below the checkpoint",
    rejectedBy: ["never-below-applied"],
    tell: (story) => {
      const at = checkpointAt(story.disk(3), z(1, 2));
      story.sync(3, { checkpoint: { ...incoming(at), kind: "full" } }).restart(3, z(1, 1));
    },
  },
  {
    what: "a restore backwards",
    rejectedBy: ["never-below-applied"],
    tell: (story) => story.restored(3, z(1, 1)),
  },
];

const upToDate = (committed: LogEntry["zxid"], epoch = 1) =>
  ({ kind: "up-to-date", epoch: e(epoch), committed }) as const;

const SERVING: readonly Bad[] = [
  {
    what: "a follower that serves and was not told that it is up to date",
    rejectedBy: ["serves-under-one-leader"],
    tell: (story) => story.serve(2, 1, 1),
  },
  {
    what: "a follower that serves because another leader said that it is up to date",
    rejectedBy: ["serves-under-one-leader"],
    tell: (story) => story.receive(2, 3, upToDate(z(1, 2))).serve(2, 1, 1),
  },
  {
    what: "a follower that serves because it was up to date in another epoch",
    rejectedBy: ["serves-under-one-leader"],
    tell: (story) => story.receive(2, 1, upToDate(z(1, 2))).serve(2, 1, 2),
  },
  {
    what: "a follower that serves before it has applied what was committed",
    rejectedBy: ["serves-under-one-leader"],
    tell: (story) => story.receive(2, 1, upToDate(z(1, 9))).serve(2, 1, 1),
  },
  {
    what: "a client that is taken where nobody serves",
    rejectedBy: ["serves-under-one-leader"],
    tell: (story) => story.take(2, z(0, 1)),
  },
  {
    what: "a client that is taken back in time",
    rejectedBy: ["serves-under-one-leader"],
    tell: (story) => story.take(1, z(1, 9)),
  },
  {
    what: "an answer on a connection that was never taken",
    rejectedBy: ["serves-under-one-leader", "served-by-its-owner"],
    tell: (story) => story.take(1, z(0, 1), 1).answer(1, 2),
  },
  {
    what: "an answer before the txn that attaches the session",
    rejectedBy: ["served-by-its-owner"],
    tell: (story) => story.take(1, z(1, 2)).answer(1).attach(1, z(1, 3)),
  },
  {
    what: "an answer at a peer that has not applied yet the txn that attaches the session",
    rejectedBy: ["served-by-its-owner"],
    tell: (story) => story.attach(2, z(1, 9)).take(1, z(1, 2)).answer(1),
  },
  {
    what: "an answer on a connection whose session has gone to a later one",
    rejectedBy: ["served-by-its-owner"],
    tell: (story) => story.attach(1, z(1, 1)).take(1, z(1, 1)).attach(2, z(1, 2), 2).answer(1),
  },
  {
    what: "an answer on a connection that was opened later, whose session has gone to one that was late",
    rejectedBy: ["served-by-its-owner"],
    tell: (story) => story.attach(1, z(1, 1), 2).take(1, z(1, 1), 2).attach(2, z(1, 2), 1).answer(1, 2),
  },
  {
    what: "an answer under another leader than the one under which the client came",
    rejectedBy: ["serves-under-one-leader"],
    tell: (story) => {
      story
        .receive(2, 1, upToDate(z(0, 1)))
        .serve(2, 1, 1)
        .attach(2, z(1, 2))
        .take(2, z(0, 1));
      story
        .receive(2, 3, upToDate(z(0, 1), 2))
        .serve(2, 3, 2)
        .answer(2);
    },
  },
  {
    what: "a session that expires before its timeout has passed in silence",
    rejectedBy: ["never-expires-early"],
    tell: (story) => story.expire(1, 99.5),
  },
  {
    what: "a session that expires although its client pings and nothing fails",
    rejectedBy: ["pinged-sessions-live"],
    tell: (story) => story.expire(1, 100, 91),
  },
];

describe.each([
  ["serving", SERVING],
  ["leaders", LEADERS],
  ["deliveries", DELIVERIES],
  ["histories", HISTORIES],
  ["disks", DISKS],
  ["commits", COMMITS],
  ["forgetful peers", FORGETFUL],
  ["states", STATES],
] as const)("what the invariants reject: %s", (_, stories) => {
  it.each(stories)("$what", ({ rejectedBy, tell }) => {
    const story = new Story().begin();
    tell(story);
    const rejections = rejectionsOf(story);
    expect(rejections[0]).toBe(rejectedBy[0]);
    expect(rejections.slice(1).sort()).toEqual(rejectedBy.slice(1).toSorted());
  });
});
