import { check, checkEqual, checkRejects } from "../../runner/check.ts";
import { createRecord } from "../records.ts";
import type { TransportGroup } from "../world.ts";

const GREETING = createRecord(1, 100);

export const LISTENING: TransportGroup = {
  name: "listening",
  cases: [
    {
      rule: "`supports` says what an implementation can do",
      needs: [],
      async run({ fixture, site }) {
        checkEqual(site.listening.supports, fixture.supports, "supports of the transport that listens");
        checkEqual(site.dialing.supports, fixture.supports, "supports of the transport that dials");
      },
    },
    {
      rule: "`listen` resolves when connections are taken in",
      needs: [],
      async run(world) {
        const { address, accepted } = await world.listen();
        const near = world.dial(address);
        await world.until(() => near.isOpened && accepted[0]?.isOpened === true, "the first dial opens");
      },
    },
    {
      rule: "`accept`: a connection has come in and its handshake is done: gives its handler, which then hears `opened`",
      needs: [],
      async run(world) {
        const { inn, near, far } = await world.connect();
        near.send(GREETING);
        await world.until(() => far.receivedBytes > 0, "the handler that accept gave receives");
        checkEqual(inn.accepted.length, 1, "calls of accept for one dial");
        checkEqual(inn.refused.length, 0, "calls of refused for a good dial");
      },
    },
    {
      rule: "`Listener.address` is where it listens, in the form that `dial` takes; with the real port where 0 was asked for",
      needs: [],
      async run(world) {
        const inns = [await world.listen(), await world.listen()];
        check(inns[0]!.address !== inns[1]!.address, "two listeners have two addresses");
        for (const inn of inns) await world.enter(inn);
        checkEqual(
          inns.map(({ accepted }) => accepted.length),
          [1, 1],
          "connections that came in, by listener",
        );
      },
    },
    {
      rule: "`listen` rejects with `ADDRESS_IN_USE`",
      needs: [],
      async run(world) {
        const { address } = await world.listen();
        await checkRejects(async () => world.listenAt(address), ["ADDRESS_IN_USE"], "a second listener at one address");
      },
    },
    {
      rule: "`listen` rejects with `ADDRESS_UNUSABLE`",
      needs: [],
      async run(world) {
        const { unusableAddress } = world.fixture;
        await checkRejects(async () => world.listenAt(unusableAddress), ["ADDRESS_UNUSABLE"], "an unusable address");
      },
    },
    {
      rule: "`Listener.close` takes in no more connections",
      needs: [],
      async run(world) {
        const { listener, address, accepted } = await world.listen();
        await listener.close();
        const near = world.dial(address);
        await world.untilClosed(near);
        checkEqual(accepted.length, 0, "connections that came in after close");
      },
    },
    {
      rule: "`Listener.close`: those that are open stay",
      needs: [],
      async run(world) {
        const { inn, near, far } = await world.connect();
        await inn.listener.close();
        await world.quiet();
        check(!near.isClosed && !far.isClosed, "the connection stays open");
        near.send(GREETING);
        far.send(GREETING);
        await world.until(() => near.receivedBytes > 0 && far.receivedBytes > 0, "frames arrive both ways");
      },
    },
    {
      rule: "`Listener.close` resolves when the address is free again",
      needs: [],
      async run(world) {
        const { listener, address } = await world.listen();
        await listener.close();
        const again = await world.listenAt(address);
        await world.enter(again);
      },
    },
    {
      rule: "`Listener.close`: a second call resolves with the first. Never rejects",
      needs: [],
      async run(world) {
        const { listener, address } = await world.listen();
        const closings = [listener.close(), listener.close()];
        await Promise.all(closings);
        await listener.close();
        // A late close must not hit whoever took over the address.
        const again = await world.listenAt(address);
        await listener.close();
        await world.enter(again);
      },
    },
  ],
};
