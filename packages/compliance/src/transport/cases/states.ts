import { check, checkEqual } from "../../runner/check.ts";
import type { Recorder } from "../recorder.ts";
import { createRecord, recordIdsIn } from "../records.ts";
import { checkAsserts, checkClosedWith, checkHeard, type TransportGroup, type TransportWorld } from "../world.ts";

const FRAME = createRecord(1, 100);
const LARGE = createRecord(0, 65_536);

async function closedEnds(world: TransportWorld): Promise<Recorder[]> {
  const inn = await world.listen();
  const { near, far } = await world.enter(inn);
  near.close();
  const dead = world.dial(await world.deadAddress());
  await world.untilClosed(near, far, dead);
  return [near, far, dead];
}

/** An end that stays closing as long as the other one does not read. */
async function closingEnd(world: TransportWorld): Promise<{ near: Recorder; far: Recorder }> {
  const { near, far } = await world.connect();
  far.pause();
  for (let sent = 0; sent < 256; sent++) near.send(LARGE);
  near.send(FRAME);
  near.close();
  return { near, far };
}

const OPENING: TransportGroup = {
  name: "a connection that is opening",
  cases: [
    {
      rule: "`send` throws an AssertionError before `opened`",
      needs: [],
      async run(world) {
        let accepted: Recorder | null = null;
        const inn = await world.listen({}, (far) => {
          accepted = far;
          checkAsserts(() => far.send(FRAME), "send inside accept");
        });
        const near = world.dial(inn.address);
        checkAsserts(() => near.send(FRAME), "send right after dial");
        await world.until(() => near.isOpened && accepted !== null, "the connection opens all the same");
        checkEqual(near.send(FRAME), true, "send's answer after opened");
      },
    },
    {
      rule: "`pause` and `resume` before `opened` are in order",
      needs: [],
      async run(world) {
        const inn = await world.listen({}, (far) => {
          far.pause();
          far.resume();
        });
        const near = world.dial(inn.address);
        near.pause();
        near.resume();
        checkEqual(near.connection.sendQueueBytes, 0, "bytes queued before opened");
        await world.until(() => near.isOpened && inn.accepted[0]?.isOpened === true, "both ends open");
        near.send(FRAME);
        inn.accepted[0]!.send(FRAME);
        await world.until(() => near.receivedBytes > 0 && inn.accepted[0]!.receivedBytes > 0, "frames arrive");
      },
    },
  ],
};

const OPEN: TransportGroup = {
  name: "a connection that is open",
  cases: [
    {
      rule: "`send` works from `opened` on",
      needs: [],
      async run(world) {
        const greet = (end: Recorder): void => {
          end.reactions.opened = () => checkEqual(end.send(FRAME), true, "send's answer inside opened");
        };
        const inn = await world.listen({}, greet);
        const near = world.dial(inn.address, {}, greet);
        await world.until(
          () => near.receivedBytes > 0 && (inn.accepted[0]?.receivedBytes ?? 0) > 0,
          "what was sent in opened arrives, both ways",
        );
      },
    },
    {
      rule: "it stays open as long as nobody closes it",
      needs: [],
      async run(world) {
        const { near, far } = await world.connect();
        await world.quiet();
        near.send(FRAME);
        far.send(FRAME);
        await world.until(() => near.receivedBytes > 0 && far.receivedBytes > 0, "frames arrive both ways");
        checkHeard(near, ["opened", "received"]);
        checkHeard(far, ["opened", "received"]);
      },
    },
  ],
};

const CLOSING: TransportGroup = {
  name: "a connection that is closing",
  cases: [
    {
      rule: "`send` on a connection that is closing: the frame is dropped and false comes back",
      needs: [],
      async run(world) {
        const { near, far } = await world.connect();
        near.send(FRAME);
        near.close();
        checkEqual(near.send(createRecord(2, 100)), false, "send's answer after close");
        await world.untilClosed(near, far);
        checkEqual(far.copies, [FRAME], "what arrived");
      },
    },
    {
      rule: "`close` does nothing on a connection that is closing; `pause` and `resume` do no harm",
      needs: [],
      async run(world) {
        const { near, far } = await closingEnd(world);
        near.close();
        near.pause();
        near.resume();
        far.resume();
        await world.untilClosed(near, far);
        checkEqual(recordIdsIn(far.copies.slice(-1)), [1], "the last frame that arrived");
        checkClosedWith(near, ["CONNECTION_CLOSED"]);
      },
    },
    {
      rule: "both ends may be closing",
      needs: [],
      async run(world) {
        const { near, far } = await world.connect();
        near.close();
        far.close();
        await world.untilClosed(near, far);
        checkClosedWith(near, ["CONNECTION_CLOSED"]);
        checkClosedWith(far, ["CONNECTION_CLOSED"]);
      },
    },
  ],
};

const CLOSED: TransportGroup = {
  name: "a connection that is closed",
  cases: [
    {
      rule: "`send` on a connection that is closed: the frame is dropped and false comes back",
      needs: [],
      async run(world) {
        for (const end of await closedEnds(world)) {
          checkEqual(end.send(FRAME), false, `send's answer at ${end.name}, after closed`);
        }
      },
    },
    {
      rule: "`close`, `abort`, `pause` and `resume` do nothing on a connection that is closed",
      needs: [],
      async run(world) {
        for (const end of await closedEnds(world)) {
          end.close();
          end.abort();
          end.pause();
          end.resume();
          check(Number.isFinite(end.connection.sendQueueBytes), "sendQueueBytes can be read");
        }
      },
    },
  ],
};

/** Traits, state by state. What belongs to a rule of its own stands in the other groups. */
export const STATES: readonly TransportGroup[] = [OPENING, OPEN, CLOSING, CLOSED];
