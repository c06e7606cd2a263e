import { check, checkEqual } from "../../runner/check.ts";
import type { Recorder } from "../recorder.ts";
import { createRecord, recordIdOf, recordIdsIn } from "../records.ts";
import { bothWays, type TransportGroup, type TransportWorld } from "../world.ts";

const COUNT = 250;

/** Sizes that fall on no boundary of anybody's buffers, small and large, in turns and over several turns. */
async function sendMany(world: TransportWorld, sender: Recorder): Promise<void> {
  for (let id = 0; id < COUNT; id++) {
    sender.send(createRecord(id, id % 50 === 40 ? 70_001 : (id * 37) % 997));
    if (id % 100 === 30) await world.pace.rest();
  }
}

/** What arrives when many frames are sent and then everything is closed. */
async function many(world: TransportWorld, look: (receiver: Recorder) => void): Promise<void> {
  await bothWays(world, async (sender, receiver) => {
    await sendMany(world, sender);
    sender.close();
    await world.untilClosed(receiver);
    check(receiver.frames.length > 0, "frames arrive");
    look(receiver);
  });
}

export const FRAMES: TransportGroup = {
  name: "frames",
  cases: [
    {
      rule: "the frames that arrive are whole",
      needs: [],
      async run(world) {
        await many(world, ({ copies }) => {
          copies.forEach((copy, at) => {
            check(recordIdOf(copy) !== null, `frame ${at}, of ${copy.length} bytes, is one of those that were sent`);
          });
        });
      },
    },
    {
      rule: "the frames that arrive are in order",
      needs: [],
      async run(world) {
        await many(world, ({ copies }) => {
          const ids = recordIdsIn(copies);
          const firsts = [...new Set(ids)];
          checkEqual(
            firsts,
            firsts.toSorted((one, other) => one - other),
            "frames by number, first arrivals",
          );
        });
      },
    },
    {
      rule: "the frames that arrive arrive each at most once",
      needs: [],
      async run(world) {
        await many(world, ({ copies }) => {
          const ids = recordIdsIn(copies);
          const repeated = ids.filter((id, at) => ids.indexOf(id) !== at);
          checkEqual(repeated, [], "frames that arrived again, by number");
        });
      },
    },
    {
      rule: "the frames that arrive are a prefix of the frames that were sent",
      needs: [],
      async run(world) {
        await many(world, ({ copies }) => {
          const arrived = new Set(recordIdsIn(copies));
          const end = Math.max(...arrived) + 1;
          const missing = Array.from({ length: end }, (_, id) => id).filter((id) => !arrived.has(id));
          checkEqual(missing, [], "frames missing before the last that arrived, by number");
        });
      },
    },
    {
      rule: "a prefix, also where the connection is aborted in the middle",
      needs: [],
      async run(world) {
        await bothWays(world, async (sender, receiver) => {
          await sendMany(world, sender);
          sender.abort();
          await world.untilClosed(receiver);
          const ids = recordIdsIn(receiver.copies);
          const arrived = new Set(ids);
          const sent = Array.from({ length: Math.max(-1, ...ids) + 1 }, (_, id) => id);
          const missing = sent.filter((id) => !arrived.has(id));
          checkEqual(missing, [], "frames missing before the last that arrived, by number");
        });
      },
    },
    {
      rule: "both ends send at the same time, each its own frames",
      needs: [],
      async run(world) {
        const { near, far } = await world.connect();
        const last = createRecord(1000, 100);
        for (let id = 0; id < COUNT; id++) {
          near.send(createRecord(id, 600));
          far.send(createRecord(2000 + id, 900));
        }
        near.send(last);
        far.send(last);
        const hasLast = ({ copies }: Recorder): boolean => copies.some((copy) => recordIdOf(copy) === 1000);
        await world.until(() => hasLast(near) && hasLast(far), "the last frames arrive");
        check(
          recordIdsIn(far.copies).every((id) => id <= 1000),
          "the end that accepted hears the frames of the one that dialled",
        );
        check(
          recordIdsIn(near.copies).every((id) => id >= 1000),
          "the end that dialled hears the frames of the one that accepted",
        );
      },
    },
  ],
};
