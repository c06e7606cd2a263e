import { checkEqual } from "../../runner/check.ts";
import type { Recorder } from "../recorder.ts";
import { createRecord, recordIdsIn } from "../records.ts";
import { checkHeard, type TransportGroup, type TransportWorld } from "../world.ts";

const FRAME = createRecord(1, 1000);
const LAST = createRecord(2, 1000);

/** Connections that end in each of the ways that there are. */
async function endInAllWays(world: TransportWorld): Promise<Recorder[]> {
  const inn = await world.listen({ frameSizeMaxBytes: 2000 });
  const closed = await world.enter(inn);
  closed.near.close();
  closed.far.send(FRAME);
  const aborted = await world.enter(inn);
  aborted.far.send(FRAME);
  aborted.near.abort();
  const both = await world.enter(inn);
  both.near.close();
  both.far.close();
  const tooLarge = await world.enter(inn);
  tooLarge.near.send(createRecord(2, 2001));
  const unreachable = world.dial(await world.deadAddress());
  const unusable = world.dial(world.fixture.unusableAddress);
  const givenUp = world.dial(inn.address);
  givenUp.abort();
  const pairs = [closed, aborted, both, tooLarge].flatMap(({ near, far }) => [near, far]);
  const ends = [...pairs, unreachable, unusable, givenUp];
  await world.untilClosed(...ends);
  for (const end of ends) {
    end.send(FRAME);
    end.resume();
    end.close();
    end.abort();
  }
  await world.quiet();
  return ends;
}

/** Fills the sender's queue, has it drained, and ends the connection: every handler has its turn. */
async function converse(world: TransportWorld, prepare: (end: Recorder) => void): Promise<void> {
  const inn = await world.listen({ frameSizeMaxBytes: 2000 }, prepare);
  const near = world.dial(inn.address, {}, prepare);
  await world.until(() => near.isOpened && inn.accepted[0]?.isOpened === true, "both ends open");
  const far = inn.accepted[0]!;
  far.send(FRAME);
  await world.until(() => near.receivedBytes > 0, "a frame arrives");
  far.pause();
  for (let sent = 0; sent < 200; sent++) near.send(FRAME);
  await world.pace.rest();
  far.resume();
  near.send(LAST);
  await world.until(() => recordIdsIn(far.copies).includes(2), "the last frame arrives");
  near.close();
  await world.untilClosed(near, far);
}

function checkNotInside({ watch }: TransportWorld, calls: readonly string[]): void {
  const inside = watch.insideCalls.filter(({ call }) => calls.includes(call));
  checkEqual(inside, [], "handlers that ran inside a call");
}

export const HANDLERS: TransportGroup = {
  name: "handlers",
  cases: [
    {
      rule: "of every connection the handler hears `opened` first",
      needs: [],
      async run(world) {
        const { address, accepted } = await world.listen({}, (far) => {
          far.reactions.opened = () => void far.send(FRAME);
        });
        const near = world.dial(address);
        await world.until(() => near.receivedBytes > 0, "a frame that is sent as soon as possible arrives");
        checkEqual([near.heard[0], accepted[0]?.heard[0]], ["opened", "opened"], "what the ends heard first");
        near.abort();
        await world.untilClosed(near, accepted[0]!);
        checkEqual([near.count("opened"), accepted[0]!.count("opened")], [1, 1], "how often they heard it");
      },
    },
    {
      rule: "the handler hears `closed` once",
      needs: [],
      async run(world) {
        for (const end of await endInAllWays(world)) checkEqual(end.count("closed"), 1, `closed at ${end.name}`);
      },
    },
    {
      rule: "nothing of a connection is heard after its `closed`",
      needs: [],
      async run(world) {
        for (const end of await endInAllWays(world)) {
          const after = end.heard.slice(end.heard.indexOf("closed") + 1).filter((kind) => kind !== "closed");
          checkEqual(after, [], `what ${end.name} heard after closed`);
        }
      },
    },
    {
      rule: "`closed` comes also of a dial that failed",
      needs: [],
      async run(world) {
        const dials = [world.dial(await world.deadAddress()), world.dial(world.fixture.unusableAddress)];
        await world.untilClosed(...dials);
        for (const dial of dials) checkHeard(dial, ["closed"]);
      },
    },
    {
      rule: "`closed` comes also of a connection that was closed here",
      needs: [],
      async run(world) {
        const inn = await world.listen();
        const [one, other] = [await world.enter(inn), await world.enter(inn)];
        one.near.close();
        other.near.abort();
        await world.untilClosed(one.near, other.near);
        await world.untilClosed(one.far, other.far);
      },
    },
    {
      rule: "handlers never run inside a call of the transport",
      needs: [],
      async run(world) {
        const { address } = await world.listen();
        const dials = [address, await world.deadAddress(), world.fixture.unusableAddress].map((at) => world.dial(at));
        await world.until(() => dials.every((dial) => dial.heard.length > 0), "each dial comes to something");
        checkNotInside(world, ["listen", "dial"]);
      },
    },
    {
      rule: "handlers never run inside a call of a connection",
      needs: [],
      async run(world) {
        await converse(world, () => undefined);
        await endInAllWays(world);
        checkNotInside(world, ["send", "pause", "resume", "close", "abort"]);
      },
    },
    {
      rule: "handlers never run inside a call of a listener",
      needs: [],
      async run(world) {
        const inn = await world.listen();
        const { near, far } = await world.enter(inn);
        world.dial(inn.address);
        near.send(FRAME);
        const closing = world.watch.calling("listener.close", async () => inn.listener.close());
        await closing;
        near.abort();
        await world.untilClosed(near, far);
        checkNotInside(world, ["listener.close"]);
      },
    },
    {
      rule: "handlers never run inside each other",
      needs: [],
      async run(world) {
        let answers = 0;
        await converse(world, (end) => {
          end.reactions.opened = () => end.resume();
          end.reactions.received = () => {
            if (answers++ < 10) end.send(FRAME);
            end.pause();
            end.resume();
          };
          end.reactions.drained = () => void end.send(FRAME);
          end.reactions.closed = () => end.abort();
        });
        const inn = await world.listen({}, (far) => {
          far.reactions.received = () => far.close();
        });
        const { near, far } = await world.enter(inn);
        near.reactions.received = () => near.abort();
        near.send(FRAME);
        far.send(FRAME);
        await world.untilClosed(near, far);
        checkEqual(world.watch.insideHandlers, [], "handlers that ran inside another one");
      },
    },
  ],
};
