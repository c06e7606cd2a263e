import { check, checkEqual } from "../../runner/check.ts";
import { createRecord, recordIdsIn } from "../records.ts";
import type { TransportGroup } from "../world.ts";

const FRAME = createRecord(1, 1000);
const LARGE = createRecord(0, 65_536);
const MANY = 50;

export const INDEPENDENCE: TransportGroup = {
  name: "independence",
  cases: [
    {
      rule: "connections do not wait for each other: one that does not read, with a full queue, holds up nobody",
      needs: [],
      async run(world) {
        const inn = await world.listen();
        const slow = await world.enter(inn);
        const swift = await world.enter(inn);
        slow.far.pause();
        for (let sent = 0; sent < 256; sent++) slow.near.send(LARGE);
        for (let turn = 0; turn < 10; turn++) {
          swift.near.send(FRAME);
          swift.far.send(FRAME);
          await world.until(
            () => swift.far.frames.length > turn && swift.near.frames.length > turn,
            "frames of another connection arrive meanwhile",
          );
        }
        await world.enter(inn);
      },
    },
    {
      rule: "connections do not wait for each other: nor for dials that come to nothing",
      needs: [],
      async run(world) {
        const inn = await world.listen();
        const dead = await world.deadAddress();
        const dials = Array.from({ length: MANY }, () => world.dial(dead));
        const { near, far } = await world.enter(inn);
        near.send(FRAME);
        await world.until(() => far.receivedBytes > 0, "a frame arrives");
        await world.untilClosed(...dials);
      },
    },
    {
      rule: "many connections at once, each with its own frames",
      needs: [],
      async run(world) {
        const inn = await world.listen();
        const nears = Array.from({ length: MANY }, (_, id) => {
          const near = world.dial(inn.address);
          near.reactions.opened = () => void near.send(createRecord(id, 100 + id));
          return near;
        });
        await world.until(
          () => inn.accepted.length === MANY && inn.accepted.every((far) => far.receivedBytes > 0),
          "each connection opens and brings its frame",
        );
        const sizes = inn.accepted.map(({ receivedBytes }) => receivedBytes).sort((one, other) => one - other);
        checkEqual(
          sizes,
          Array.from({ length: MANY }, (_, id) => 100 + id),
          "bytes by connection",
        );
        for (const far of inn.accepted) far.send(far.copies[0]!);
        await world.until(() => nears.every((near) => near.receivedBytes > 0), "the answers arrive");
        const answers = nears.map(({ copies }) => recordIdsIn(copies));
        const expected = nears.map((_, id) => [id]);
        checkEqual(answers, expected, "the answers, by number");
      },
    },
    {
      rule: "two transports share nothing",
      needs: [],
      async run(world) {
        const other = await world.another();
        const here = await world.connect();
        const there = await other.connect();
        here.near.send(FRAME);
        await here.inn.listener.close();
        here.far.abort();
        await world.untilClosed(here.near, here.far);
        there.near.send(FRAME);
        there.far.send(FRAME);
        await other.until(() => there.near.receivedBytes > 0 && there.far.receivedBytes > 0, "frames arrive elsewhere");
        checkEqual(there.far.copies, [FRAME], "what arrived elsewhere");
        await other.enter(there.inn);
      },
    },
    {
      rule: "two transports share nothing: an address of one is no address of the other",
      needs: ["own addresses"],
      async run(world) {
        const other = await world.another();
        const inn = await world.listen();
        const lost = other.dial(inn.address);
        await other.untilClosed(lost);
        check(!lost.isOpened, "an address of another network leads nowhere");
        const same = await other.listenAt(inn.address);
        await other.enter(same);
        checkEqual(inn.accepted.length, 0, "connections that came in from another network");
      },
    },
  ],
};
