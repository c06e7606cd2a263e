import { check, checkEqual } from "../../runner/check.ts";
import { createRecord, recordIdsIn } from "../records.ts";
import { bothWays, OPTIONS, type TransportGroup } from "../world.ts";

const FRAME = createRecord(0, 65_536);
/** What may wait on the way to an end that does not read: buffers of two transports and of the operating system. */
const WAITING_MAX_BYTES = 32 * 2 ** 20;

export const PAUSING: TransportGroup = {
  name: "pausing",
  cases: [
    {
      rule: "`pause`: `received` is not called meanwhile",
      needs: [],
      async run(world) {
        await bothWays(world, async (sender, receiver) => {
          receiver.pause();
          for (let id = 1; id <= 4; id++) sender.send(createRecord(id, 1000));
          await world.quiet();
          checkEqual(receiver.frames.length, 0, "frames received while paused");
          // From inside received: the frames that came in with that one wait, too.
          receiver.reactions.received = () => receiver.pause();
          receiver.resume();
          await world.until(() => receiver.frames.length > 0, "one frame arrives");
          await world.quiet();
          checkEqual(receiver.frames.length, 1, "frames received when each pauses");
        });
        const { address, accepted } = await world.listen({}, (far) => {
          far.reactions.opened = () => void far.send(FRAME);
        });
        const near = world.dial(address);
        near.pause();
        await world.until(() => near.isOpened && accepted[0]?.isOpened === true, "a paused connection opens");
        await world.quiet();
        checkEqual(near.frames.length, 0, "frames received by an end that was paused before it opened");
      },
    },
    {
      rule: "`resume`: what waited arrives",
      needs: [],
      async run(world) {
        await bothWays(world, async (sender, receiver) => {
          receiver.pause();
          for (let id = 1; id <= 10; id++) sender.send(createRecord(id, 1000));
          await world.quiet();
          receiver.resume();
          await world.until(() => recordIdsIn(receiver.copies).includes(10), "the last frame arrives");
          // Pausing and going on in one breath loses nothing and holds up nothing.
          receiver.pause();
          sender.send(createRecord(11, 1000));
          receiver.resume();
          receiver.pause();
          receiver.resume();
          await world.until(() => recordIdsIn(receiver.copies).includes(11), "a frame sent meanwhile arrives");
        });
      },
    },
    {
      rule: "`pause`: what is under way waits in bounded memory, and in the end the queue of the other end fills",
      needs: [],
      async run(world) {
        await bothWays(world, async (sender, receiver) => {
          receiver.pause();
          let sentBytes = 0;
          // The queue is left to empty itself as long as it does.
          for (let isStuck = false; !isStuck && sentBytes <= 2 * WAITING_MAX_BYTES;) {
            for (let sent = 0; sent < 32; sent++) sender.send(FRAME);
            sentBytes += 32 * FRAME.length;
            await world.pace.rest();
            isStuck = sender.connection.sendQueueBytes > OPTIONS.sendQueueTargetBytes;
          }
          const waitingBytes = sentBytes - sender.connection.sendQueueBytes - receiver.receivedBytes;
          check(waitingBytes <= WAITING_MAX_BYTES, `${waitingBytes} bytes wait between two ends, one of them paused`);
        });
      },
    },
    {
      rule: "`pause`: an end that does not read can still send",
      needs: [],
      async run(world) {
        await bothWays(world, async (sender, receiver) => {
          receiver.pause();
          sender.send(FRAME);
          receiver.send(createRecord(1, 100));
          await world.until(() => sender.receivedBytes > 0, "a frame of the paused end arrives");
        });
      },
    },
    {
      rule: "`pause`: `closed` may still come, and then what waited is lost",
      needs: [],
      async run(world) {
        const { near, far } = await world.connect();
        far.pause();
        near.send(createRecord(1, 100));
        await world.quiet();
        far.close();
        await world.untilClosed(far, near);
        const before = far.frames.length;
        far.resume();
        await world.quiet();
        checkEqual(far.frames.length, before, "frames received after closed");
      },
    },
  ],
};
