import { check, checkEqual } from "../../runner/check.ts";
import type { Recorder } from "../recorder.ts";
import { createRecord, recordIdsIn } from "../records.ts";
import { bothWays, OPTIONS, type TransportGroup, type TransportWorld } from "../world.ts";

const TARGET_BYTES = OPTIONS.sendQueueTargetBytes;
const FRAME = createRecord(0, 16_384);
/** If so much is gone and the target not reached, the queue is not bounded: 64 MiB. */
const SENT_MAX = 4096;
/** What a queue may count beside the frames' own bytes, for each of them. */
const OVERHEAD_MAX_BYTES = 64;
const EMPTY = new Uint8Array(0);
/** If so many empty frames are gone and the target not reached, they do not fill the queue. */
const EMPTY_MAX = 2 ** 20;
/** After so many of them what can be handed on has its time. */
const EMPTY_BATCH = 2 ** 16;

/** Sends to an end that does not read until more is queued than the target, whatever `send` says. */
async function fill(world: TransportWorld, sender: Recorder, seen: (answer: boolean) => void): Promise<number> {
  let sent = 0;
  while (sender.connection.sendQueueBytes <= TARGET_BYTES && sent < SENT_MAX) {
    seen(sender.send(FRAME));
    sent += 1;
    if (sent % 16 === 0) await world.pace.rest();
  }
  check(sent < SENT_MAX, "the queue grows above its target while the other end does not read");
  return sent;
}

export const BACKPRESSURE: TransportGroup = {
  name: "backpressure",
  cases: [
    {
      rule: "above `sendQueueTargetBytes`, and only there, `send` returns false",
      needs: [],
      async run(world) {
        await bothWays(world, async (sender, receiver) => {
          receiver.pause();
          await fill(world, sender, (answer) => {
            const queueBytes = sender.connection.sendQueueBytes;
            checkEqual(answer, queueBytes <= TARGET_BYTES, `send's answer with ${queueBytes} bytes in the queue`);
          });
        });
      },
    },
    {
      rule: "`send`: a frame is taken whatever comes back",
      needs: [],
      async run(world) {
        const { near, far } = await world.connect();
        far.pause();
        const sent = await fill(world, near, () => undefined);
        for (let more = 0; more < 20; more++) near.send(FRAME);
        near.send(createRecord(9, 100));
        far.resume();
        await world.until(() => recordIdsIn(far.copies.slice(-1))[0] === 9, "the last frame arrives");
        check(far.receivedBytes >= (sent + 20) * FRAME.length, "so do those before it");
      },
    },
    {
      rule: "`sendQueueBytes` are the frames taken over and not yet handed on",
      needs: [],
      async run(world) {
        const { near, far } = await world.connect();
        checkEqual(near.connection.sendQueueBytes, 0, "bytes queued before anything was sent");
        far.pause();
        const sent = await fill(world, near, () => undefined);
        const before = near.connection.sendQueueBytes;
        check(
          before <= sent * (FRAME.length + OVERHEAD_MAX_BYTES),
          `${before} bytes queued are no more than were sent`,
        );
        for (let more = 0; more < 100; more++) near.send(FRAME);
        const grown = near.connection.sendQueueBytes - before;
        check(grown >= 100 * FRAME.length, `the queue grew by ${grown} bytes, at least by what was sent since`);
        far.resume();
        await world.until(() => near.connection.sendQueueBytes === 0, "the queue is empty when the other end has read");
      },
    },
    {
      rule: "`sendQueueBytes`: what a frame takes beside its bytes counts, too, so that empty frames fill a queue as well",
      needs: [],
      async run(world) {
        await bothWays(world, async (sender, receiver) => {
          const { connection } = sender;
          receiver.pause();
          let sent = 0;
          while (connection.sendQueueBytes <= TARGET_BYTES && sent < EMPTY_MAX) {
            sender.send(EMPTY);
            sent += 1;
            if (sent % EMPTY_BATCH === 0) await world.pace.rest();
          }
          const queuedBytes = connection.sendQueueBytes;
          check(queuedBytes > TARGET_BYTES, `${queuedBytes} bytes queued of ${sent} empty frames that nobody reads`);
          const countedMaxBytes = sent * OVERHEAD_MAX_BYTES;
          check(queuedBytes <= countedMaxBytes, `${queuedBytes} bytes queued of ${sent} frames: 64 for each at most`);
          receiver.resume();
          await world.until(() => connection.sendQueueBytes === 0, "the queue is empty when the other end has read");
        });
      },
    },
    {
      rule: "`drained` comes after `send` has returned false",
      needs: [],
      async run(world) {
        await bothWays(world, async (sender, receiver) => {
          for (const round of [1, 2]) {
            receiver.pause();
            await fill(world, sender, () => undefined);
            receiver.resume();
            await world.until(() => sender.count("drained") >= round, `drained comes, time ${round}`);
            // All of it arrives before the next round begins, so that there is nothing left to drain.
            await world.until(() => sender.connection.sendQueueBytes === 0, "the queue is empty");
          }
        });
      },
    },
    {
      rule: "`drained` comes only after `send` has returned false, and once for it",
      needs: [],
      async run(world) {
        const { near, far } = await world.connect();
        near.send(createRecord(1, 100));
        await world.until(() => far.receivedBytes > 0, "a small frame arrives");
        await world.quiet();
        checkEqual(near.count("drained"), 0, "drained, when the queue was never full");
        far.pause();
        await fill(world, near, () => undefined);
        await world.quiet();
        far.resume();
        await world.until(() => near.connection.sendQueueBytes === 0, "the queue is empty");
        await world.quiet();
        check(near.count("drained") <= 1, "drained comes once for one full queue");
      },
    },
    {
      rule: "`drained`: the queue is at half of `sendQueueTargetBytes`, or below",
      needs: [],
      async run(world) {
        await bothWays(world, async (sender, receiver) => {
          let queuedMaxBytes = 0;
          sender.reactions.drained = () => {
            queuedMaxBytes = Math.max(queuedMaxBytes, sender.connection.sendQueueBytes);
          };
          receiver.pause();
          await fill(world, sender, () => undefined);
          for (let more = 0; more < 20; more++) sender.send(FRAME);
          await world.quiet();
          receiver.resume();
          await world.until(() => sender.connection.sendQueueBytes === 0, "the queue is empty");
          await world.quiet();
          check(queuedMaxBytes * 2 <= TARGET_BYTES, `drained came with ${queuedMaxBytes} bytes in the queue`);
        });
      },
    },
  ],
};
