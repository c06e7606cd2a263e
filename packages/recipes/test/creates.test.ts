import type { Session } from "@coterie/session";
import { describe, expect, it } from "vitest";
import {
  createBarrier,
  createCounter,
  createCronGuard,
  createDiscovery,
  createDoubleBarrier,
  createElection,
  createGroup,
  createLatch,
  createLiveConfig,
  createMutex,
  createNodeCache,
  createPathCache,
  createPersistentEphemeral,
  createReadWriteLock,
  createSemaphore,
  createTreeCache,
  type StandardSchema,
} from "../src/index.ts";
import { World } from "./support/world.ts";

type Create = (session: Session, path: string, options?: object) => unknown;

const schema: StandardSchema<unknown, unknown> = {
  "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) },
};

/** At a path, or below one, that cannot be the root. */
const BELOW: Readonly<Record<string, Create>> = {
  createBarrier,
  createCronGuard,
  createDoubleBarrier: (session, path, options) => createDoubleBarrier(session, path, { participants: 2, ...options }),
  createElection,
  createMutex,
  createPersistentEphemeral,
  createReadWriteLock,
  createSemaphore: (session, path, options) => createSemaphore(session, path, { leases: 2, ...options }),
};

const ANYWHERE: Readonly<Record<string, Create>> = {
  createCounter,
  createDiscovery,
  createGroup,
  createLatch: (session, path, options) => createLatch(session, path, { count: 2, ...options }),
  createLiveConfig: (session, path, options) => createLiveConfig(session, path, { schema, ...options }),
  createNodeCache,
  createPathCache,
  createTreeCache,
};

const NO_PATHS: readonly unknown[] = [undefined, null, 5, "", "nope", "/x/", "/x//y", "/x/../y"];
const REFUSED: unknown = expect.objectContaining({ code: "BAD_ARGUMENTS" });
const ALL = { ...BELOW, ...ANYWHERE };
/** Or with tests of their own. */
const WITHOUT_OPTIONS = ["createBarrier", "createGroup"];
const WITH_DATA = [
  "createDoubleBarrier",
  "createElection",
  "createMutex",
  "createPersistentEphemeral",
  "createReadWriteLock",
  "createSemaphore",
];

async function expectNoneSent(test: (session: Session) => void): Promise<void> {
  const world = new World();
  const { session, channel } = await world.open();
  test(session);
  await world.settle();
  expect(channel.requestCount).toBe(0);
}

describe.each(Object.entries(ALL))("%s", (name, create) => {
  it("refuses at once what is no path", async () => {
    await expectNoneSent((session) => {
      const paths = name in BELOW ? [...NO_PATHS, "/"] : NO_PATHS;
      for (const path of paths) expect(() => create(session, path as string)).toThrow(REFUSED);
    });
  });
});

describe("what is to be the name of a znode", () => {
  it.each(["", ".", "..", "a/b"])("is refused at once where it is %j", async (name) => {
    const world = new World();
    const { session, channel } = await world.open();
    const discovery = createDiscovery(session, "/services");
    const refused = [
      createGroup(session, "/group").join({ id: name }),
      createLatch(session, "/latch", { count: 1 }).countDown({ id: name }),
      discovery.register({ name }),
      discovery.register({ name: "web", id: name }),
      discovery.instances(name),
    ];
    for (const each of refused) await expect(each).rejects.toEqual(REFUSED);
    expect(() => discovery.view(name)).toThrow(REFUSED);
    await world.settle();
    expect(channel.requestCount).toBe(0);
  });
});

describe.each(Object.entries(ALL).filter(([name]) => !WITHOUT_OPTIONS.includes(name)))("%s", (name, create) => {
  it("refuses at once what are no options", async () => {
    await expectNoneSent((session) => {
      const options = [{ patience: 5 }, ...(WITH_DATA.includes(name) ? [{ data: 5 }] : [])];
      for (const each of options) expect(() => create(session, "/x", each)).toThrow(REFUSED);
    });
  });
});
