import type { CheckpointMark, LogPosition } from "@coterie/interface";
import { describe, expect, it } from "vitest";
import { checkpointAt, rejectionsOf, Story, z } from "./story.ts";

const mark = (position: LogPosition, kind: CheckpointMark["kind"]): CheckpointMark => ({
  kind,
  zxid: position.zxid,
  chainHash: position.chainHash,
  digest: "d",
  pageCount: 1,
});

describe("what every invariant lets pass", () => {
  it("founding, an election and writes", () => {
    const story = new Story().begin();
    story.write(1, 1, [2], 3);
    expect(rejectionsOf(story)).toEqual([]);
  });

  it("clients of a leader and of a follower, and a session that is silent for its timeout", () => {
    const story = new Story().begin();
    story.write(1, 1, [2]);
    story.attach(1, z(1, 3)).take(1, z(1, 3)).answer(1);
    story.receive(2, 1, { kind: "up-to-date", epoch: 1 as never, committed: z(1, 2) });
    story.attach(1, z(1, 2), 2, "0x2").serve(2, 1, 1).take(2, z(1, 2), 2).answer(2, 2).expire(1, 100);
    expect(rejectionsOf(story)).toEqual([]);
  });

  it("an old connection at a peer that has not applied yet what gave its session away", () => {
    const story = new Story().begin();
    story.receive(2, 1, { kind: "up-to-date", epoch: 1 as never, committed: z(1, 2) }).serve(2, 1, 1);
    story.attach(2, z(1, 2)).take(2, z(1, 2)).answer(2);
    story.write(1, 1, [3]);
    story.attach(1, z(1, 3), 2).take(1, z(1, 3), 2).answer(1, 2).answer(2);
    expect(rejectionsOf(story)).toEqual([]);
  });

  it("the end of a session whose client pings, where its pings take longer than the timeout, or have just begun", () => {
    expect(rejectionsOf(new Story().begin().expire(1, 100, 1000, 100).expire(1, 100, 90))).toEqual([]);
  });

  it("a leader that falls, and its uncommitted entries, which the next leader cuts", () => {
    const story = new Story().begin();
    const lost = story.next(1, 1, 2);
    story.propose(1, 1, lost).sync(1, { append: lost }).crash(1);
    story.lead(2, 2, [3]).write(2, 2, [3], 2);
    story.start(1, z(1, 2));
    story.promise(1, 2).send(1, 2, story.ackEpoch(1, 2));
    story.sync(1, {
      hardState: story.state(1, { currentEpoch: 2 as never }),
      truncateAfter: z(1, 2),
      append: story.disk(2).entries.slice(3),
      committed: z(2, 2),
    });
    story.send(1, 2, { kind: "ack-new-leader", epoch: 2 as never, last: z(2, 2) });
    story.deliver(1, story.disk(1).entries.slice(3));
    expect(rejectionsOf(story)).toEqual([]);
  });

  it("a learner of a superseded leader, which cuts what a later epoch has committed without it", () => {
    const story = new Story().begin();
    const entries = story.next(1, 1);
    story.propose(1, 1, entries);
    for (const peer of [1, 2, 3]) story.sync(peer, { append: entries });
    story.promise(3, 2).send(3, 1, story.ackEpoch(3, 2));
    story.lead(1, 3, [2]).sync(3, { truncateAfter: z(1, 2) });
    expect(rejectionsOf(story)).toEqual([]);
  });

  it("a peer that recovers up to what its disk knows to be committed, whether anybody has delivered it or not", () => {
    const story = new Story().begin();
    const entries = story.next(1, 1, 1);
    story.propose(1, 1, entries).sync(1, { append: entries }).sync(2, { append: entries }).ack(2, 1, 1);
    story.sync(1, { committed: z(1, 3) }).restart(1);
    expect(rejectionsOf(story)).toEqual([]);
  });

  it("checkpoints of one's own, a purge, and a checkpoint that replaces a log", () => {
    const story = new Story().begin();
    story.crash(3).write(1, 1, [2], 4);
    const at = checkpointAt(story.disk(1), z(1, 5));
    story.sync(1, { checkpoint: mark(at, "full"), committed: z(1, 5) });
    story.start(3, z(1, 2)).sync(3, { checkpoint: mark(at, "incoming") });
    story.restored(3, z(1, 5));
    const rest = story.disk(1).entries.slice(6);
    story.sync(3, { append: rest }).ack(3, 1, 1).deliver(3, rest);
    story.purge(1, z(1, 5)).restart(1, z(1, 5));
    expect(rejectionsOf(story)).toEqual([]);
  });

  it("a peer that has forgotten its log, says so, and counts again once it has everything", () => {
    const story = new Story().begin();
    story
      .crash(3)
      .fault(3, { entries: [], hardState: story.state(3, { isAmnesiac: true }) })
      .start(3, z(0, 0));
    story.sync(3, { append: story.disk(1).entries }).ack(3, 1, 1);
    story.sync(3, { hardState: story.state(3, { isAmnesiac: false }) });
    story.send(3, 1, { kind: "readmitted", epoch: 1 as never }).deliver(3, story.disk(3).entries);
    story.write(1, 1, [2, 3]);
    expect(rejectionsOf(story)).toEqual([]);
  });

  it("entries that cannot be read, and their repair", () => {
    const story = new Story().begin();
    story
      .crash(2)
      .fault(2, { unreadable: new Set([z(1, 1)]) })
      .start(2, z(0, 1));
    story.sync(2, { repair: [story.disk(1).entries[1]!] }).ack(2, 1, 1);
    story.deliver(2, story.disk(2).entries.slice(1));
    expect(rejectionsOf(story)).toEqual([]);
  });

  it("a life from under whose feet a fault takes entries, as long as it lives", () => {
    const story = new Story().begin();
    const before = story.disk(2).entries;
    story.fault(2, { entries: before.slice(0, 2) }).ack(2, 1, 1, z(1, 2));
    story.send(2, 1, story.notification(2, { credential: { currentEpoch: 1 as never, lastZxid: z(1, 2) } }));
    expect(rejectionsOf(story)).toEqual([]);
    story.restart(2, z(1, 1)).ack(2, 1, 1, z(1, 2));
    expect(rejectionsOf(story)).toEqual(["synced-before-said"]);
  });

  it("a voter that is wiped, comes back as one that has forgotten, and counts again with all it had", () => {
    const story = new Story().begin();
    const state = story.state(3, { incarnation: 2, isAmnesiac: true });
    story
      .crash(3)
      .fault(3, { entries: [], hardState: null, committed: z(0, 0) })
      .start(3, z(0, 0));
    story.sync(3, { hardState: state, append: story.disk(1).entries });
    story.sync(3, { hardState: { ...state, isAmnesiac: false } }).deliver(3, story.disk(3).entries);
    story.write(1, 1, [3]);
    expect(rejectionsOf(story)).toEqual([]);
  });

  it("anything between peers once more disks were lost unnoticed than is tolerated", () => {
    const story = new Story().begin();
    const only = story.next(1, 1);
    story.propose(1, 1, only).sync(1, { append: only }).sync(2, { append: only }).ack(2, 1, 1).deliver(1, only);
    story
      .crash(2)
      .fault(2, { entries: story.disk(3).entries }, false)
      .start(2, z(1, 2));
    story.crash(1).lead(2, 2, [3]).write(2, 2, [3]);
    expect(rejectionsOf(story)).toEqual([]);
  });

  it("a disk rolled back unnoticed where every quorum still has a copy: the promises go on", () => {
    const story = new Story().begin();
    story
      .crash(2)
      .fault(2, { entries: story.disk(3).entries.slice(0, 2) }, false)
      .start(2, z(1, 1));
    const entry = story.next(1, 1)[0]!;
    story
      .propose(1, 1, [entry])
      .sync(1, { append: [entry] })
      .deliver(1, [entry]);
    expect(rejectionsOf(story)[0]).toBe("commit-has-a-quorum-of-synced-copies");
  });
});
