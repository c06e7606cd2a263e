import { describe, expect, it } from "vitest";
import { createDiscovery, createGroup, createMutex, createSemaphore } from "../src/index.ts";
import type { WaitOptions } from "../src/index.ts";
import { type Application, watched, World } from "./support/world.ts";

const PATH = "/locks/report";
const LIMIT = "/limits/workers";
const DEADLINE_MS = 500;

type Ask = (application: Application, options: WaitOptions) => Promise<unknown>;

const ASKS: readonly [what: string, ask: Ask][] = [
  ["acquire of a mutex", ({ session }, options) => createMutex(session, PATH).acquire(options)],
  ["tryAcquire of a mutex", ({ session }, options) => createMutex(session, PATH).tryAcquire(options)],
  ["contenders of a mutex", ({ session }, options) => createMutex(session, PATH).contenders(options)],
  ["acquire of a semaphore", ({ session }, options) => createSemaphore(session, LIMIT, { leases: 1 }).acquire(options)],
  [
    "tryAcquire of a semaphore",
    ({ session }, options) => createSemaphore(session, LIMIT, { leases: 1 }).tryAcquire(options),
  ],
  ["members of a group", ({ session }, options) => createGroup(session, "/group").members(options)],
  ["services", ({ session }, options) => createDiscovery(session, "/services").services(options)],
  ["instances of a service", ({ session }, options) => createDiscovery(session, "/services").instances("web", options)],
];

/** Asks, and loses the connection behind `requests` requests; true if there were so many. */
async function loseAndWait(ask: Ask, requests: number): Promise<boolean> {
  const world = new World();
  const [one, other] = [await world.open(), await world.open()];
  const holds = [
    await createMutex(one.session, PATH).acquire(),
    await createSemaphore(one.session, LIMIT, { leases: 1 }).acquire(),
  ];
  await createGroup(one.session, "/group").join();
  await createDiscovery(one.session, "/services").register({ name: "web" });
  other.channel.lostBehind = requests;
  const asked = watched(ask(other, { deadlineMs: DEADLINE_MS }));
  await world.settle();
  world.clock.advance(DEADLINE_MS);
  await world.settle();
  expect(asked.isOver).toBe(true);
  other.channel.reconnect();
  await world.settle();
  await Promise.all(holds.map((hold) => hold.release()));
  await world.settle();
  // And what the other one had taken goes as soon as it can.
  expect([PATH, `${LIMIT}/leases`, `${LIMIT}/locks`].flatMap((path) => world.names(path))).toEqual([]);
  return other.channel.requestCount >= requests;
}

describe.each(ASKS)("%s, without a connection", (_, ask) => {
  it("ends at its deadline, and leaves nothing behind, whichever request is lost", async () => {
    let requests = 1;
    while (await loseAndWait(ask, requests)) requests += 1;
    expect(requests).toBeGreaterThan(1);
  });
});

describe("what is held while its session is being closed", () => {
  it("is released when the session is closed, and not before", async () => {
    const world = new World();
    const { session, channel } = await world.open();
    const hold = await createMutex(session, PATH).acquire();
    channel.suspend();
    const closed = session.close();
    const released = watched(hold.release());
    await world.settle();
    expect([session.state, released.isOver]).toEqual(["suspended", false]);
    channel.reconnect();
    await closed;
    await world.settle();
    expect([released.isOver, released.error, world.names(PATH)]).toEqual([true, undefined, []]);
  });
});
