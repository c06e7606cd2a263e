import { check, checkEqual } from "../../runner/check.ts";
import type { Recorder } from "../recorder.ts";
import { createRecord, recordIdsIn } from "../records.ts";
import { bothWays, checkClosedWith, type TransportGroup, type TransportWorld } from "../world.ts";

const COUNT = 100;
const FRAME = createRecord(0, 65_536);

/** More than operating systems keep for a reader who does not read: 16 MiB. */
const TOO_MUCH_COUNT = 256;

function hasLast({ copies }: Recorder): boolean {
  return recordIdsIn(copies.slice(-1)).at(-1) === COUNT;
}

/** A paused receiver, and a sender that has sent more than can wait on the way. */
async function stuck(world: TransportWorld): Promise<{ near: Recorder; far: Recorder }> {
  const { near, far } = await world.connect();
  far.pause();
  for (let sent = 0; sent < TOO_MUCH_COUNT; sent++) near.send(FRAME);
  return { near, far };
}

export const ENDING: TransportGroup = {
  name: "the end of a connection",
  cases: [
    {
      rule: "`close` sends what was taken over and then closes; the other end hears all of it and then `closed`",
      needs: [],
      async run(world) {
        await bothWays(world, async (sender, receiver) => {
          // 6 MiB in one turn: more than is handed to any operating system at once.
          for (let id = 1; id < COUNT; id++) sender.send(createRecord(id, 65_536));
          sender.send(createRecord(COUNT, 100));
          sender.close();
          await world.untilClosed(receiver);
          check(hasLast(receiver), "the last frame that was sent before close has arrived before closed");
          await world.untilClosed(sender);
        });
      },
    },
    {
      rule: "`close` in the turn in which the connection opened sends what was taken over, too",
      needs: [],
      async run(world) {
        const { address, accepted } = await world.listen({}, (far) => {
          far.reactions.opened = () => {
            far.send(createRecord(COUNT, 100));
            far.close();
          };
        });
        const near = world.dial(address);
        await world.untilClosed(near);
        check(hasLast(near), "what was sent in opened has arrived before closed");
        await world.untilClosed(accepted[0]!);
      },
    },
    {
      rule: "`close`: nothing is received here any more",
      needs: [],
      async run(world) {
        await bothWays(world, async (sender, receiver) => {
          sender.send(FRAME);
          await world.until(() => receiver.receivedBytes > 0, "a frame arrives before close");
          // Enough to keep the connection closing for some turns.
          for (let sent = 0; sent < COUNT / 2; sent++) receiver.send(FRAME);
          for (let sent = 0; sent < COUNT / 2; sent++) sender.send(FRAME);
          receiver.close();
          const before = receiver.frames.length;
          await world.untilClosed(receiver, sender);
          checkEqual(receiver.frames.length, before, "frames received, before close and in the end");
        });
      },
    },
    {
      rule: "`close`: if the other end does not read, the transport aborts after a bounded time",
      needs: [],
      async run(world) {
        const { near } = await stuck(world);
        near.close();
        await world.untilClosed(near);
        checkClosedWith(near, ["CONNECTION_CLOSED"]);
      },
    },
    {
      rule: "`abort` closes now; what was not sent is lost",
      needs: [],
      async run(world) {
        const { near, far } = await stuck(world);
        near.abort();
        far.resume();
        await world.untilClosed(near, far);
        check(far.frames.length < TOO_MUCH_COUNT, "not all arrives of what could not have been sent");
      },
    },
    {
      rule: "`abort` works on a connection that is closing, too",
      needs: [],
      async run(world) {
        const { near, far } = await stuck(world);
        near.close();
        near.abort();
        // `close` alone would end it as well, when the other end has taken everything.
        far.resume();
        await world.untilClosed(near, far);
        check(far.frames.length < TOO_MUCH_COUNT, "not all arrives of what could not have been sent");
      },
    },
    {
      rule: "`closed`: the code is `CONNECTION_CLOSED` where one of the ends closed it",
      needs: [],
      async run(world) {
        const inn = await world.listen();
        const [one, other] = [await world.enter(inn), await world.enter(inn)];
        one.near.close();
        other.far.abort();
        const ends = [one.near, one.far, other.near, other.far];
        await world.untilClosed(...ends);
        for (const end of ends) checkClosedWith(end, ["CONNECTION_CLOSED"]);
      },
    },
    {
      rule: "a connection that the transport knows to be lost is closed",
      needs: ["lost"],
      async run(world) {
        const { address, accepted } = await world.listen();
        const { fixture, site } = world;
        const lose = await fixture.connectLost!(site, address);
        await world.until(() => accepted[0]?.isOpened === true, "the connection opens");
        lose();
        await world.untilClosed(accepted[0]!);
        checkClosedWith(accepted[0]!, ["CONNECTION_CLOSED"]);
      },
    },
  ],
};
