import { check, checkEqual } from "../../runner/check.ts";
import { createRecord, recordIdOf, recordIdsIn } from "../records.ts";
import { bothWays, type TransportGroup } from "../world.ts";

const MIB = 2 ** 20;
const EMPTY_COUNT = 20;

export const BYTES: TransportGroup = {
  name: "the bytes of frames",
  cases: [
    {
      rule: "`send`: a frame of 0 bytes is a frame",
      needs: [],
      async run(world) {
        await bothWays(world, async (sender, receiver) => {
          sender.send(new Uint8Array(0));
          sender.send(createRecord(1, 10));
          sender.send(new Uint8Array(0));
          await world.until(() => receiver.copies.length >= 3, "three frames arrive");
          checkEqual(
            receiver.copies.map(({ length }) => length),
            [0, 10, 0],
            "their sizes",
          );
          // In one turn: none stands for another.
          for (let sent = 0; sent < EMPTY_COUNT; sent++) sender.send(new Uint8Array(0));
          await world.until(() => receiver.copies.length >= 3 + EMPTY_COUNT, `${EMPTY_COUNT} empty frames arrive`);
          sender.send(createRecord(2, 10));
          await world.until(() => recordIdsIn(receiver.copies).includes(2), "the frame behind them arrives");
          checkEqual(receiver.copies.length, 3 + EMPTY_COUNT + 1, "frames that arrived, with the one behind them");
        });
      },
    },
    {
      rule: "`send`: a frame of 1 MiB is a frame",
      needs: [],
      async run(world) {
        await bothWays(world, async (sender, receiver) => {
          sender.send(createRecord(7, MIB));
          await world.until(() => receiver.receivedBytes >= MIB, "1 MiB arrives");
          checkEqual(receiver.copies.map(recordIdOf), [7], "the frames that arrived");
        });
      },
    },
    {
      rule: "`send`: a frame may be a view of a larger buffer",
      needs: [],
      async run(world) {
        const record = createRecord(3, 1000);
        const buffer = new Uint8Array(3000).fill(0xee);
        buffer.set(record, 500);
        await bothWays(world, async (sender, receiver) => {
          sender.send(buffer.subarray(500, 1500));
          await world.until(() => receiver.copies.length > 0, "the frame arrives");
          checkEqual(receiver.copies, [record], "its bytes");
        });
      },
    },
    {
      rule: "`send`: from the call on nobody changes the frame's bytes, so one array may go to many connections",
      needs: [],
      async run(world) {
        const inn = await world.listen();
        const pairs = [await world.enter(inn), await world.enter(inn), await world.enter(inn)];
        const frame = createRecord(5, 5000);
        for (const { near } of pairs) near.send(frame);
        await world.until(() => pairs.every(({ far }) => far.copies.length > 0), "it arrives at each");
        for (const { far } of pairs) checkEqual(far.copies, [createRecord(5, 5000)], `what ${far.name} received`);
        await world.quiet();
        checkEqual(frame, createRecord(5, 5000), "the array that was sent");
      },
    },
    {
      rule: "`received`: its bytes may be kept and are never changed again",
      needs: [],
      async run(world) {
        await bothWays(world, async (sender, receiver) => {
          for (let id = 0; id < 64; id++) {
            sender.send(createRecord(id, 200));
            if (id % 8 === 7) await world.pace.rest();
          }
          sender.send(createRecord(64, 100_000));
          await world.until(() => recordIdsIn(receiver.copies.slice(-1))[0] === 64, "the last frame arrives");
          await world.quiet();
          check(receiver.frames.length > 1, "there are frames that were kept");
          receiver.frames.forEach((frame, at) => {
            const isSame = Buffer.compare(frame, receiver.copies[at]!) === 0;
            check(isSame, `frame ${at} has the bytes that it had when it was received`);
          });
        });
      },
    },
  ],
};
