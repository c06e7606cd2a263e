import { check, checkEqual } from "../../runner/check.ts";
import { createRecord } from "../records.ts";
import { bothWays, checkClosedWith, type TransportGroup } from "../world.ts";

const LIMIT = 1000;

export const LIMITS: TransportGroup = {
  name: "the limit of frames",
  cases: [
    {
      rule: "`frameSizeMaxBytes` is the longest frame to take in, its length prefix not counted",
      needs: [],
      async run(world) {
        await bothWays(
          world,
          async (sender, receiver) => {
            sender.send(createRecord(1, LIMIT));
            await world.until(
              () => receiver.copies.length > 0 || receiver.isClosed,
              "a frame of the limit's size arrives",
            );
            checkEqual(receiver.copies, [createRecord(1, LIMIT)], "what arrived");
          },
          { frameSizeMaxBytes: LIMIT },
        );
      },
    },
    {
      rule: "a longer one closes the connection with `FRAME_TOO_LARGE`",
      needs: [],
      async run(world) {
        await bothWays(
          world,
          async (sender, receiver) => {
            sender.send(createRecord(1, LIMIT + 1));
            sender.send(createRecord(2, 10));
            await world.until(() => receiver.isClosed || receiver.frames.length > 0, "something comes of it");
            checkEqual(receiver.frames.length, 0, "frames received");
            await world.untilClosed(receiver);
            checkClosedWith(receiver, ["FRAME_TOO_LARGE"]);
            await world.untilClosed(sender);
            checkClosedWith(sender, ["CONNECTION_CLOSED"]);
          },
          { frameSizeMaxBytes: LIMIT },
        );
      },
    },
    {
      rule: "`frameSizeMaxBytes` does not limit what is sent",
      needs: [],
      async run(world) {
        const { near, far } = await world.connect({ near: { frameSizeMaxBytes: 10 } });
        near.send(createRecord(1, LIMIT));
        await world.until(() => far.receivedBytes > 0, "a frame arrives that its sender would not take in");
        checkEqual(far.copies, [createRecord(1, LIMIT)], "what arrived");
      },
    },
    {
      rule: "a frame stands on the wire as a 4-byte length, big-endian, then that many bytes, and nothing else",
      needs: ["raw"],
      async run(world) {
        const { address, accepted } = await world.listen();
        const raw = await world.raw(address);
        raw.write(Uint8Array.of(0, 0, 1, 2));
        raw.write(new Uint8Array(258).fill(7));
        // The length and its frame, cut anywhere.
        for (const byte of [0, 0, 0, 2, 8, 9, 0, 0, 0, 0]) raw.write(Uint8Array.of(byte));
        await world.until(() => (accepted[0]?.frames.length ?? 0) >= 3, "three frames arrive");
        const far = accepted[0]!;
        checkEqual(far.copies, [new Uint8Array(258).fill(7), Uint8Array.of(8, 9), new Uint8Array(0)], "the frames");
        far.send(Uint8Array.of(1, 2, 3));
        far.send(new Uint8Array(0));
        await world.until(() => raw.received.length >= 11, "the frames stand on the wire");
        checkEqual(raw.received, Uint8Array.of(0, 0, 0, 3, 1, 2, 3, 0, 0, 0, 0), "the bytes on the wire");
      },
    },
    {
      rule: "`frameSizeMaxBytes`: a negative length closes the connection with `FRAME_TOO_LARGE`",
      needs: ["raw"],
      async run(world) {
        const { address, accepted } = await world.listen();
        const raw = await world.raw(address);
        raw.write(Uint8Array.of(0xff, 0xff, 0xff, 0xff));
        await world.until(() => accepted[0]?.isClosed === true, "the connection is closed");
        checkClosedWith(accepted[0]!, ["FRAME_TOO_LARGE"]);
      },
    },
    {
      rule: "`frameSizeMaxBytes`: closed before memory for the frame is taken",
      needs: ["raw"],
      async run(world) {
        const { address, accepted } = await world.listen({ frameSizeMaxBytes: LIMIT });
        const memoryBefore = process.memoryUsage().arrayBuffers;
        const raw = await world.raw(address);
        // The length alone has to do; nothing of the frame ever comes.
        raw.write(Uint8Array.of(0x7f, 0xff, 0xff, 0xff));
        await world.until(() => accepted[0]?.isClosed === true, "the connection is closed");
        checkClosedWith(accepted[0]!, ["FRAME_TOO_LARGE"]);
        const takenBytes = process.memoryUsage().arrayBuffers - memoryBefore;
        check(takenBytes < 2 ** 27, `${takenBytes} bytes of memory were taken for a frame of 2^31-1`);
      },
    },
  ],
};
