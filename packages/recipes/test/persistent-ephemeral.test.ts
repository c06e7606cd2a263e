import { CoterieError } from "@coterie/interface";
import type { Session } from "@coterie/session";
import { describe, expect, it, vi } from "vitest";
import {
  createDiscovery,
  createGroup,
  createPersistentEphemeral,
  type PersistentEphemeralOptions,
} from "../src/index.ts";
import { type Fault, FAULTS } from "./support/faulty-channel.ts";
import { watched, World } from "./support/world.ts";

const PARENT = "/hosts";
const PATH = "/hosts/one";

async function textAt(session: Session, path: string): Promise<string> {
  return (await session.get(path)).text();
}

describe("a persistent ephemeral", () => {
  it("is there until it is released, and its parent with it", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const kept = createPersistentEphemeral(one.session, PATH, { data: "hello" });
    await kept.ready();
    const { data, stat } = await other.session.get(PATH);
    expect([Buffer.from(data!).toString(), stat.ephemeralOwner]).toEqual(["hello", one.session.id]);
    expect([kept.path, kept.token]).toEqual([PATH, stat.czxid]);
    await Promise.all([kept.release(), kept.release(), kept[Symbol.asyncDispose]()]);
    expect([world.names(PARENT), kept.token]).toEqual([[], null]);
    expect(kept.signal.reason).toMatchObject({ code: "NOT_HELD", path: PATH });
    await expect(kept.ready()).rejects.toMatchObject({ code: "NOT_HELD" });
    await expect(kept.set("late")).rejects.toMatchObject({ code: "NOT_HELD" });
  });

  it("is made anew when somebody deletes it, or its parent (LK-08)", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const kept = createPersistentEphemeral(one.session, PATH, { data: "hello" });
    await kept.ready();
    const tokens = [kept.token!];
    for (const paths of [[PATH], [PATH, PARENT]]) {
      for (const path of paths) void other.session.delete(path);
      await world.settle();
      expect([kept.signal.aborted, await textAt(other.session, PATH)]).toEqual([false, "hello"]);
      tokens.push(kept.token!);
    }
    expect(tokens).toEqual([...new Set(tokens)].toSorted((a, b) => a - b));
    await kept.release();
  });

  it("has what was set last, also where it is made anew", async () => {
    const world = new World();
    const { session } = await world.open();
    const bytes = Uint8Array.of(104, 105);
    const kept = createPersistentEphemeral(session, PATH, { data: bytes });
    bytes.fill(0);
    await kept.ready();
    expect(await textAt(session, PATH)).toBe("hi");
    await Promise.all([kept.set("one"), kept.set("two"), kept.set("three")]);
    expect(await textAt(session, PATH)).toBe("three");
    await session.delete(PATH);
    await world.settle();
    expect(await textAt(session, PATH)).toBe("three");
    await kept.set(null);
    expect((await session.get(PATH)).data).toBeNull();
    await kept.release();
  });

  it("leaves alone what somebody else writes, until it is set again", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const kept = createPersistentEphemeral(one.session, PATH, { data: "mine" });
    await kept.ready();
    await other.session.set(PATH, "theirs");
    await world.settle();
    expect(await textAt(one.session, PATH)).toBe("theirs");
    await kept.set("mine again");
    expect(await textAt(one.session, PATH)).toBe("mine again");
    await other.session.set(PATH, "theirs again");
    await kept.release();
    expect(world.names(PARENT)).toEqual([]);
  });

  it("waits until another session's znode of that name is gone, and never takes it for its own (SE-12)", async () => {
    const world = new World();
    const [former, present] = [await world.open(), await world.open()];
    await former.session.create(PATH, "former", { mode: "ephemeral", parents: true });
    const kept = createPersistentEphemeral(present.session, PATH, { data: "present" });
    const ready = watched(kept.ready());
    const set = watched(kept.set("newer"));
    await world.settle();
    expect([ready.isOver, set.isOver, kept.token, await textAt(present.session, PATH)]).toEqual([
      false,
      false,
      null,
      "former",
    ]);
    former.channel.expire();
    await world.settle();
    expect([ready.error, set.error, await textAt(present.session, PATH)]).toEqual([undefined, undefined, "newer"]);
    await kept.release();
  });

  it("does not delete what another session has there when it is released", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    await other.session.create(PATH, "theirs", { mode: "ephemeral", parents: true });
    const kept = createPersistentEphemeral(one.session, PATH, { data: "mine" });
    await world.settle();
    await kept.release();
    await other.session.delete(PATH);
    await world.settle();
    expect(world.names(PARENT)).toEqual([]);
  });

  it("has its number again when it is made anew", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const options: PersistentEphemeralOptions = { mode: "ephemeral-sequential" };
    const all = [one, other].map(({ session }) =>
      createPersistentEphemeral(session, PATH, { data: "hello", ...options }),
    );
    expect(all.map(({ path }) => path)).toEqual([null, null]);
    await Promise.all(all.map((kept) => kept.ready()));
    const paths = all.map((kept) => kept.path!);
    expect(paths.map((path) => /^\/hosts\/_c_[-0-9a-f]{36}-one(\d{10})$/.exec(path)?.[1])).toEqual([
      "0000000000",
      "0000000001",
    ]);
    await other.session.delete(paths[0]!);
    await world.settle();
    expect(world.names(PARENT).map((name) => `${PARENT}/${name}`)).toEqual(expect.arrayContaining(paths));
    for (const kept of all) await kept.release();
    expect(world.names(PARENT)).toEqual([]);
  });

  it("is kept no more when its session is lost, which is said before any call of it is answered (LK-01)", async () => {
    const world = new World();
    const { session, channel } = await world.open();
    const kept = createPersistentEphemeral(session, PATH);
    await kept.ready();
    const told: string[] = [];
    kept.signal.addEventListener("abort", () => told.push("aborted"));
    const call = session.get("/").catch(() => told.push("answered"));
    channel.expire();
    await call;
    expect(told[0]).toBe("aborted");
    expect(kept.signal.reason).toMatchObject({ code: "NOT_HELD", cause: { code: "SESSION_EXPIRED" } });
    await kept.release();
    const late = createPersistentEphemeral(session, PATH);
    await expect(late.ready()).rejects.toMatchObject({ code: "NOT_HELD" });
    await late.release();
  });

  it("gives up waiting, and goes on keeping", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    await other.session.create(PATH, "theirs", { mode: "ephemeral", parents: true });
    const kept = createPersistentEphemeral(one.session, PATH, { data: "mine" });
    const ready = watched(kept.ready({ deadlineMs: 100 }));
    const stop = new AbortController();
    const set = watched(kept.set("mine, later", { signal: stop.signal }));
    await world.settle();
    world.clock.advance(100);
    stop.abort(new Error("enough"));
    await world.settle();
    expect([ready.error, set.error]).toMatchObject([{ code: "OPERATION_TIMEOUT" }, { code: "ABORTED" }]);
    await other.session.close();
    await kept.ready();
    expect(await textAt(one.session, PATH)).toBe("mine, later");
    await kept.release();
  });

  it("is one a path and session, whichever recipe keeps it, and a later one waits until that is gone", async () => {
    const world = new World();
    const { session, channel } = await world.open();
    const kept = createPersistentEphemeral(session, "/hosts/one", { data: "kept" });
    const [group, same] = [createGroup(session, "/hosts"), createGroup(session, "/hosts")];
    const discovery = createDiscovery(session, "/");
    await expect(group.join({ id: "one" })).rejects.toMatchObject({ code: "BAD_ARGUMENTS", path: "/hosts/one" });
    await expect(discovery.register({ name: "hosts", id: "one" })).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    await kept.release();
    const member = await group.join({ id: "one", data: "first" });
    await expect(same.join({ id: "one" })).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    expect(() => createPersistentEphemeral(session, "/hosts/one")).toThrow(/already/);
    channel.suspend();
    const leaves = watched(member.release());
    const joins = watched(same.join({ id: "one", data: "second" }));
    await world.settle();
    expect([leaves.isOver, joins.isOver]).toEqual([false, false]);
    channel.reconnect();
    await world.settle();
    expect([leaves.isOver, await textAt(session, "/hosts/one")]).toEqual([true, "second"]);
    await member.release();
    expect(world.names("/hosts")).toEqual(["one"]);
    await joins.value!.release();
    expect(world.names("/hosts")).toEqual([]);
  });

  it("leaves to a later one what stands there, if it has ended by itself", async () => {
    const world = new World();
    const { session } = await world.open();
    const refuses = vi.spyOn(session, "create").mockRejectedValue(new CoterieError("QUOTA_EXCEEDED"));
    const former = createPersistentEphemeral(session, PATH, { data: "former" });
    await expect(former.ready()).rejects.toMatchObject({ code: "NOT_HELD" });
    refuses.mockRestore();
    const kept = createPersistentEphemeral(session, PATH, { data: "later" });
    await kept.ready();
    await former.release();
    await world.settle();
    expect([kept.token === null, await textAt(session, PATH)]).toEqual([false, "later"]);
    await kept.release();
  });

  it("says what no patience mends", async () => {
    const world = new World();
    const { session } = await world.open();
    await session.create("/closed", null, { acl: [{ permissions: ["read"], scheme: "world", id: "anyone" }] });
    const kept = createPersistentEphemeral(session, "/closed/one");
    await expect(kept.ready()).rejects.toMatchObject({ code: "NOT_HELD", cause: { code: "NO_AUTH" } });
    await kept.release();
    await session.create("/brief", null, { mode: "ephemeral" });
    const childless = createPersistentEphemeral(session, "/brief/one");
    await expect(childless.ready()).rejects.toMatchObject({
      code: "NOT_HELD",
      cause: { code: "NO_CHILDREN_FOR_EPHEMERALS" },
    });
  });

  it("keeps what stood there where the server refuses what is set", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const kept = createPersistentEphemeral(one.session, PATH, { data: "good" });
    await kept.ready();
    const stop = vi.spyOn(one.session, "set").mockRejectedValue(new CoterieError("QUOTA_EXCEEDED"));
    const refused = [watched(kept.set("too much")), watched(kept.set("far too much"))];
    await world.settle();
    for (const { error } of refused) expect(error).toMatchObject({ code: "QUOTA_EXCEEDED" });
    await kept.ready();
    stop.mockRestore();
    await other.session.delete(PATH);
    await world.settle();
    expect([await textAt(other.session, PATH), kept.signal.aborted]).toEqual(["good", false]);
    await kept.set("better");
    expect(await textAt(other.session, PATH)).toBe("better");
    await kept.release();
  });

  it("refuses wrong arguments at once", async () => {
    const { session, channel } = await new World().open();
    const create = createPersistentEphemeral as (...args: unknown[]) => unknown;
    for (const args of [["no/path"], [7], [PATH, 5], [PATH, "", { mode: "persistent" }], [PATH, "", { made: 1 }]]) {
      expect(() => create(session, ...args)).toThrow(expect.objectContaining({ code: "BAD_ARGUMENTS" }));
    }
    expect(channel.requestCount).toBe(0);
    const kept = createPersistentEphemeral(session, PATH, { data: "first" });
    await expect(kept.ready({ deadlineMs: Number.NaN })).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    await expect(kept.set("second", 5 as never)).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    await expect(kept.set(5 as never)).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    await kept.ready();
    expect(await textAt(session, PATH)).toBe("first");
    await kept.release();
  });
});

/** Keeps, sets, is made anew and released while one request goes wrong. Gives whether there was such a request. */
async function keepWithFault(at: number, fault: Fault, options: PersistentEphemeralOptions): Promise<boolean> {
  const world = new World();
  const [one, other] = [await world.open(), await world.open()];
  one.channel.plan = { at, fault };
  const kept = createPersistentEphemeral(one.session, PATH, { data: "first", ...options });
  const ready = watched(kept.ready());
  await world.settle();
  const set = watched(kept.set("second"));
  await world.settle();
  for (const name of world.names(PARENT)) await other.session.delete(`${PARENT}/${name}`);
  await world.settle();
  expect([ready.isOver, set.isOver]).toEqual([true, true]);
  const isLost = kept.signal.aborted;
  expect(world.names(PARENT)).toHaveLength(isLost ? 0 : 1);
  if (!isLost) {
    const { stat } = await other.session.get(kept.path!);
    expect([await textAt(other.session, kept.path!), stat.ephemeralOwner]).toEqual(["second", one.session.id]);
    expect(kept.token).toBe(stat.czxid);
  }
  await kept.release();
  await world.settle();
  expect(world.names(PARENT)).toEqual([]);
  return one.channel.requestCount >= at;
}

describe.each(FAULTS)("a persistent ephemeral one of whose requests is %s", (fault) => {
  it.each(["ephemeral", "ephemeral-sequential"] as const)("is one, and goes when it is released: %s", async (mode) => {
    let at = 1;
    while (await keepWithFault(at, fault, { mode })) at += 1;
    // The watch, a look, the create, the parent, the create again, a write, a look and a create, a look and the delete.
    expect(at).toBeGreaterThan(9);
  });

  it("leaves nothing behind where it is released at once", async () => {
    for (let at = 1; at <= 8; at++) {
      const world = new World();
      const { session, channel } = await world.open();
      channel.plan = { at, fault };
      const kept = createPersistentEphemeral(session, PATH, {
        data: "",
        mode: at % 2 === 0 ? "ephemeral" : "ephemeral-sequential",
      });
      await Promise.resolve();
      await kept.release();
      await world.settle();
      expect(world.names(PARENT)).toEqual([]);
    }
  });
});
