import type { CheckpointMark, Epoch, LogEntry } from "@coterie/interface";
import { checkpointAt, type Story, z } from "./story.ts";

/**
 * What must be rejected. Each story goes wrong in one thing; the invariant that is to say so comes first, and behind it
 * stand those that cannot help noticing it as well.
 */
export interface Bad {
  readonly what: string;
  readonly rejectedBy: readonly string[];
  tell(story: Story): void;
}

export const e = (epoch: number): Epoch => epoch as Epoch;
export const incoming = (entry: { zxid: LogEntry["zxid"]; chainHash: LogEntry["chainHash"] }): CheckpointMark => ({
  kind: "incoming",
  zxid: entry.zxid,
  chainHash: entry.chainHash,
  digest: "d",
  pageCount: 1,
});

/** An entry that stands on the disks of all, and is not committed. */
export function stored(story: Story, count = 1): LogEntry[] {
  const entries = story.next(1, 1, count);
  story.propose(1, 1, entries);
  for (const peer of [1, 2, 3]) story.sync(peer, { append: entries });
  return entries;
}

export const COMMITS: readonly Bad[] = [
  ...(["commit", "propose", "ping", "up-to-date", "batch", "delivered"] as const).map((how) => ({
    what: `a claim by ${how} with one copy of three`,
    rejectedBy: ["commit-has-a-quorum-of-synced-copies", "acked-survives"],
    tell: (story: Story): void => {
      const entries = story.next(1, 1);
      const [{ zxid: committed }] = entries as [LogEntry];
      story.propose(1, 1, entries).sync(1, { append: entries });
      const after = story.position(2);
      const epoch = e(1);
      if (how === "commit") story.commit(1, 2, 1, committed);
      else if (how === "propose") story.send(1, 2, { kind: "propose", epoch, after, entries, committed });
      else if (how === "ping") story.send(1, 2, { kind: "ping", epoch, round: 1, committed, marks: [] });
      else if (how === "up-to-date") story.send(1, 2, { kind: "up-to-date", epoch, committed });
      else if (how === "batch") story.sync(1, { committed });
      else story.deliver(1, entries);
    },
  })),
  {
    what: "an amnesiac that is counted",
    rejectedBy: ["commit-has-a-quorum-of-synced-copies", "acked-survives"],
    tell: (story) => {
      const entries = story.next(1, 1);
      story
        .crash(2)
        .fault(2, { hardState: story.state(2, { isAmnesiac: true }) })
        .start(2, z(1, 2));
      story.propose(1, 1, entries).sync(1, { append: entries }).sync(2, { append: entries }).commit(1, 2, 1, z(1, 3));
    },
  },
  {
    what: "a committed entry that is cut off",
    rejectedBy: ["acked-survives", "never-below-applied"],
    tell: (story) => story.sync(3, { truncateAfter: z(1, 1) }),
  },
  {
    what: "a committed entry that is cut off where it has not been applied",
    rejectedBy: ["acked-survives"],
    tell: (story) => {
      stored(story);
      story.commit(1, 2, 1, z(1, 3)).sync(3, { truncateAfter: z(1, 2) });
    },
  },
  {
    what: "a committed entry that is cut off for a leader that must have it",
    rejectedBy: ["acked-survives"],
    tell: (story) => {
      stored(story);
      story.lead(1, 2, [2]);
      story
        .promise(3, 3)
        .send(3, 1, story.ackEpoch(3, 3))
        .sync(3, { truncateAfter: z(1, 2) });
    },
  },
  {
    what: "a committed entry that a voter cuts off for an earlier leader than it has promised",
    rejectedBy: ["acked-survives"],
    tell: (story) => {
      stored(story);
      story.lead(1, 3, [2, 3]);
      story.send(3, 1, story.ackEpoch(3, 2)).sync(3, { truncateAfter: z(1, 2) });
    },
  },
  {
    what: "a committed entry that its own leader cuts off, which has followed before",
    rejectedBy: ["acked-survives"],
    tell: (story) => {
      stored(story);
      story.promise(1, 2).send(1, 2, story.ackEpoch(1, 2));
      story.lead(1, 3, [2]).sync(1, { truncateAfter: z(1, 2) });
    },
  },
  {
    what: "a committed entry that a checkpoint drops",
    rejectedBy: ["acked-survives"],
    tell: (story) => {
      const at = checkpointAt(story.disk(1), z(1, 1));
      story
        .crash(3)
        .fault(3, { unreadable: new Set([z(1, 1)]) })
        .start(3, z(0, 1));
      const disk = {
        ...story.disk(3),
        base: at,
        entries: [],
        checkpoint: at,
        committed: z(1, 1),
        unreadable: new Set<never>(),
      };
      const batch = { checkpoint: incoming(at) };
      story.tell({ kind: "synced", peer: 3 as never, life: story.life(3), batch, disk: () => disk });
    },
  },
  {
    what: "an amnesiac that counts again without what it had",
    rejectedBy: ["acked-survives"],
    tell: (story) => {
      story
        .crash(3)
        .fault(3, { entries: [], hardState: story.state(3, { isAmnesiac: true }) })
        .start(3, z(0, 0));
      story.sync(3, { hardState: story.state(3, { isAmnesiac: false }), append: story.disk(1).entries.slice(0, 2) });
    },
  },
];

export const FORGETFUL: readonly Bad[] = [
  {
    what: "a wiped voter that counts at once",
    rejectedBy: ["acked-survives"],
    tell: (story) => {
      const state = story.state(3, { incarnation: 2 });
      story
        .crash(3)
        .fault(3, { entries: [], hardState: null, committed: z(0, 0) })
        .start(3, z(0, 0));
      story.sync(3, { hardState: state, append: story.disk(1).entries.slice(0, 1) });
    },
  },
  {
    what: "an entry that could not be read and is cut off",
    rejectedBy: ["acked-survives"],
    tell: (story) => {
      stored(story);
      story
        .commit(1, 2, 1, z(1, 3))
        .crash(3)
        .fault(3, { unreadable: new Set([z(1, 3)]) })
        .start(3, z(1, 2));
      story.sync(3, { truncateAfter: z(1, 2) });
    },
  },
  {
    what: "a copy that was only there before the last fault, after its voter has counted again",
    rejectedBy: ["commit-has-a-quorum-of-synced-copies", "acked-survives"],
    tell: (story) => {
      const entries = stored(story);
      const amnesiac = story.state(3, { isAmnesiac: true });
      story
        .crash(3)
        .fault(3, { entries: story.disk(3).entries.slice(0, 3), hardState: amnesiac })
        .start(3, z(1, 2));
      story.sync(3, { hardState: story.state(3, { isAmnesiac: false }) });
      story
        .crash(2)
        .fault(2, { hardState: story.state(2, { isAmnesiac: true }), entries: [] })
        .start(2, z(0, 0));
      story.sync(2, { append: story.disk(1).entries.slice(0, 3) });
      story.sync(2, { hardState: story.state(2, { isAmnesiac: false }) }).commit(1, 2, 1, entries[0]!.zxid);
    },
  },
];
