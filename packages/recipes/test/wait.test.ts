import type { CoterieError } from "@coterie/interface";
import type { Session } from "@coterie/session";
import { describe, expect, it } from "vitest";
import { createElection, createMutex, createReadWriteLock, createSemaphore, type WaitOptions } from "../src/index.ts";
import { watched, World } from "./support/world.ts";

const PATH = "/waits";

/** Everything that takes WaitOptions. */
const WAITS: Readonly<Record<string, (session: Session, options: WaitOptions) => Promise<unknown>>> = {
  "mutex.acquire": (session, options) => createMutex(session, PATH).acquire(options),
  "mutex.tryAcquire": (session, options) => createMutex(session, PATH).tryAcquire(options),
  "mutex.contenders": (session, options) => createMutex(session, PATH).contenders(options),
  "readWriteLock.read.acquire": (session, options) => createReadWriteLock(session, PATH).read.acquire(options),
  "readWriteLock.write.tryAcquire": (session, options) => createReadWriteLock(session, PATH).write.tryAcquire(options),
  "semaphore.acquire": (session, options) => createSemaphore(session, PATH, { leases: 1 }).acquire(options),
  "semaphore.tryAcquire": (session, options) => createSemaphore(session, PATH, { leases: 1 }).tryAcquire(options),
  "semaphore.holders": (session, options) => createSemaphore(session, PATH, { leases: 1 }).holders(options),
  "election.campaign": (session, options) => createElection(session, PATH).campaign(options),
  "election.tryCampaign": (session, options) => createElection(session, PATH).tryCampaign(options),
  "election.run": (session, options) => createElection(session, PATH).run(() => Promise.resolve(), options),
  "election.leader": (session, options) => createElection(session, PATH).leader(options),
  "election.candidates": (session, options) => createElection(session, PATH).candidates(options),
};

const NONE: readonly unknown[] = [
  5,
  null,
  "soon",
  { deadlineMs: Number.NaN },
  { deadlineMs: "5" },
  { deadline: 5 },
  { signal: new AbortController() },
  { signal: null },
];

describe.each(Object.entries(WAITS))("%s", (_name, wait) => {
  it("refuses what are no options, with nothing sent", async () => {
    const { session, channel } = await new World().open();
    for (const options of NONE) {
      await expect(wait(session, options as WaitOptions)).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    }
    expect(channel.requestCount).toBe(0);
  });

  it("sends nothing where there is no time, or no wish, left", async () => {
    const { session, channel } = await new World().open();
    await expect(wait(session, { deadlineMs: 0 })).rejects.toMatchObject({ code: "OPERATION_TIMEOUT" });
    await expect(wait(session, { deadlineMs: -Infinity })).rejects.toMatchObject({ code: "OPERATION_TIMEOUT" });
    await expect(wait(session, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ABORTED" });
    expect(channel.requestCount).toBe(0);
  });
});

describe("a wait", () => {
  it("may have a deadline that no timer takes", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    await createMutex(one.session, PATH).acquire();
    const waits = watched(createMutex(other.session, PATH).acquire({ deadlineMs: 2 ** 32 }));
    await world.settle();
    world.clock.advance(2 ** 31);
    await world.settle();
    expect(waits.isOver).toBe(false);
    world.clock.advance(2 ** 31);
    await world.settle();
    expect(waits.error).toMatchObject({ code: "OPERATION_TIMEOUT" });
  });

  it("says what it waits for, where its options are none", async () => {
    const { session } = await new World().open();
    await expect(createMutex(session, PATH).acquire({ patience: 3 } as WaitOptions)).rejects.toThrow(
      `"patience" is no option of acquiring ${PATH}; there are signal, deadlineMs`,
    );
  });
});

describe("what a wait that has ended says", () => {
  it("has no effect where nothing was sent, and may have one otherwise", async () => {
    const world = new World();
    const { session, channel } = await world.open();
    const mutex = createMutex(session, PATH);
    for (const options of [{ deadlineMs: 0 }, { signal: AbortSignal.abort() }]) {
      await expect(mutex.acquire(options)).rejects.toMatchObject({ outcome: "not-applied" });
    }
    channel.holdsBack = () => true;
    const stop = new AbortController();
    const [aborted, late] = [
      watched(mutex.acquire({ signal: stop.signal })),
      watched(mutex.acquire({ deadlineMs: 5 })),
    ];
    stop.abort();
    world.clock.advance(5);
    await world.settle();
    expect([aborted.error, late.error]).toMatchObject([
      { code: "ABORTED", outcome: "unknown" },
      { code: "OPERATION_TIMEOUT", outcome: "unknown" },
    ]);
  });

  it("names what it took so long for", async () => {
    const world = new World();
    const { session, channel } = await world.open();
    channel.plan = { at: 1, fault: "lost-before", afterwards: "suspended" };
    const late = watched(createMutex(session, PATH).acquire({ deadlineMs: 5 }));
    await world.settle();
    world.clock.advance(5);
    await world.settle();
    expect(late.error).toMatchObject({ code: "OPERATION_TIMEOUT", cause: { code: "CONNECTION_LOSS" } });
  });
});

describe("a signal that many share", () => {
  it("has one listener, and none when all have ended", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const stop = new AbortController();
    const { signal } = stop;
    const added: unknown[] = [];
    const removed: unknown[] = [];
    const add = signal.addEventListener.bind(signal) as (...all: unknown[]) => void;
    const remove = signal.removeEventListener.bind(signal) as (...all: unknown[]) => void;
    signal.addEventListener = (...all: unknown[]) => {
      added.push(all[1]);
      add(...all);
    };
    signal.removeEventListener = (...all: unknown[]) => {
      removed.push(all[1]);
      remove(...all);
    };
    const hold = await createMutex(one.session, PATH).acquire({ signal });
    expect(removed).toEqual(added);
    const waits = Array.from({ length: 12 }, () => watched(createMutex(other.session, PATH).acquire({ signal })));
    await world.settle();
    expect(added.length - removed.length).toBe(1);
    stop.abort();
    await world.settle();
    expect(waits.map(({ error }) => (error as CoterieError).code)).toEqual(waits.map(() => "ABORTED"));
    await hold.release();
    expect(world.names(PATH)).toEqual([]);
  });
});

describe("the leaders of an election", () => {
  it("refuse what are no options, when they are asked for", async () => {
    const { session, channel } = await new World().open();
    for (const options of [5, { deadlineMs: 5 }, { signal: {} }]) {
      expect(() => createElection(session, PATH).leaders(options as object)).toThrow(
        expect.objectContaining({ code: "BAD_ARGUMENTS" }),
      );
    }
    expect(channel.requestCount).toBe(0);
  });
});
