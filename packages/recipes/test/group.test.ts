import { describe, expect, it } from "vitest";
import { createGroup, type GroupChange, type Member } from "../src/index.ts";
import { type Fault, FAULTS } from "./support/faulty-channel.ts";
import { watched, World } from "./support/world.ts";

const PATH = "/members";

function ids(members: readonly Member[]): readonly string[] {
  return members.map(({ id }) => id).toSorted();
}

/** What changes, as text. */
function read(changes: AsyncIterable<GroupChange>): { readonly told: string[]; news(): string[] } {
  const told: string[] = [];
  const follow = async (): Promise<void> => {
    for await (const change of changes) {
      if (change.kind === "initialised") told.push(change.kind);
      else if (change.kind === "reset") told.push(`reset to ${ids(change.members).join(" ")}`);
      else if (change.kind === "changed") {
        told.push(`${change.member.id} from ${change.previous.data} to ${change.member.data}`);
      } else told.push(`${change.member.id} ${change.kind}`);
    }
    told.push("end");
  };
  follow().catch((error: unknown) => told.push(String((error as { code?: unknown }).code)));
  return { told, news: () => told.splice(0) };
}

describe("a group", () => {
  it("has the members who have joined and not left, each with what it says", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const group = createGroup(one.session, PATH);
    expect(await group.members()).toEqual([]);
    const first = await group.join({ id: "first", data: "10.0.0.1" });
    const second = await createGroup(other.session, PATH).join({ id: "second", data: Uint8Array.of(104, 105) });
    expect(await group.members()).toEqual([
      expect.objectContaining({ id: "first", data: "10.0.0.1", token: first.token, sessionId: one.session.id }),
      expect.objectContaining({ id: "second", data: "hi", path: second.path, sessionId: other.session.id }),
    ]);
    await first.set("10.0.0.2");
    expect((await group.members())[0]?.data).toBe("10.0.0.2");
    await Promise.all([first.release(), first.release(), first[Symbol.asyncDispose]()]);
    expect([ids(await group.members()), first.signal.aborted]).toEqual([["second"], true]);
    await second.release();
    expect(world.names(PATH)).toEqual([]);
  });

  it("gives a member a name that kazoo's Party counts, and data that Curator's GroupMember bears", async () => {
    const { session } = await new World().open();
    const group = createGroup(session, PATH);
    const all = [await group.join(), await group.join({})];
    for (const { id } of all) expect(id).toMatch(/^[0-9a-f]{32}__party__$/);
    expect((await group.members()).map(({ bytes }) => bytes)).toEqual([new Uint8Array(), new Uint8Array()]);
    for (const member of all) await member.release();
  });

  it("has one member of an id: another session's is waited out, this session's own refused (SE-12)", async () => {
    const world = new World();
    const [former, present] = [await world.open(), await world.open()];
    await createGroup(former.session, PATH).join({ id: "worker", data: "former" });
    const group = createGroup(present.session, PATH);
    const joins = watched(group.join({ id: "worker", data: "present" }));
    await world.settle();
    expect(joins.isOver).toBe(false);
    await expect(group.join({ id: "worker" })).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    former.channel.expire();
    await world.settle();
    expect((await group.members())[0]).toMatchObject({ data: "present", token: joins.value!.token });
    await joins.value!.release();
    const again = await group.join({ id: "worker" });
    await again.release();
  });

  it("leaves no member behind where joining is given up", async () => {
    const world = new World();
    const [former, present] = [await world.open(), await world.open()];
    await createGroup(former.session, PATH).join({ id: "worker" });
    const group = createGroup(present.session, PATH);
    const stop = new AbortController();
    const aborted = watched(group.join({ id: "worker" }, { signal: stop.signal }));
    await world.settle();
    stop.abort();
    await world.settle();
    expect(aborted.error).toMatchObject({ code: "ABORTED" });
    const late = watched(group.join({ id: "worker" }, { deadlineMs: 100 }));
    await world.settle();
    world.clock.advance(100);
    await world.settle();
    expect(late.error).toMatchObject({ code: "OPERATION_TIMEOUT" });
    await former.session.close();
    await world.settle();
    expect(world.names(PATH)).toEqual([]);
  });

  it("refuses wrong arguments, with nothing sent", async () => {
    const { session, channel } = await new World().open();
    const group = createGroup(session, PATH);
    for (const request of [5, null, { id: "" }, { id: "a/b" }, { id: 7 }, { data: 7 }, { name: "a" }]) {
      await expect(group.join(request as never)).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    }
    await expect(group.join({}, 5 as never)).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    await expect(group.members({ deadlineMs: Number.NaN })).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    expect(() => group.view(5 as never)).toThrow(expect.objectContaining({ code: "BAD_ARGUMENTS" }));
    expect(channel.requestCount).toBe(0);
  });

  it("may be at the root", async () => {
    const { session } = await new World().open();
    const group = createGroup(session, "/");
    const member = await group.join({ id: "here" });
    const view = group.view();
    await view.ready;
    expect([member.path, view.get("here")?.path, ids(await group.members()).includes("here")]).toEqual([
      "/here",
      "/here",
      true,
    ]);
    await view.close();
    await member.release();
  });
});

describe("a view of a group", () => {
  it("has the members in memory, and tells who comes, changes and goes", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const first = await createGroup(one.session, PATH).join({ id: "first", data: "a" });
    const view = createGroup(other.session, PATH).view();
    const changes = read(view.changes());
    await view.ready;
    await world.settle();
    expect(changes.news()).toEqual(["first joined", "initialised"]);
    const second = await createGroup(other.session, PATH).join({ id: "second", data: "b" });
    await first.set("c");
    await world.settle();
    expect(changes.news()).toEqual(["second joined", "first from a to c"]);
    expect([ids(view.members), view.get("first")?.data, view.get("third")]).toEqual([["first", "second"], "c", null]);
    await second.release();
    one.channel.expire();
    await world.settle();
    expect([changes.news(), view.members]).toEqual([["second left", "first left"], []]);
    expect(read(view.changes()).told).toEqual([]);
    await view.close();
    await world.settle();
    expect([changes.news(), view.signal.aborted]).toEqual([["end"], true]);
  });

  it("begins with who is there for a reader that comes late", async () => {
    const world = new World();
    const { session } = await world.open();
    const group = createGroup(session, PATH);
    const member = await group.join({ id: "first" });
    const view = group.view();
    await view.ready;
    const late = read(view.changes());
    await world.settle();
    expect(late.news()).toEqual(["reset to first", "initialised"]);
    await view.close();
    await member.release();
  });

  it("tells that a member that was deleted has left, and that it is there again", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const member = await createGroup(one.session, PATH).join({ id: "first" });
    const view = createGroup(other.session, PATH).view();
    await view.ready;
    const before = member.token;
    await other.session.delete(member.path);
    await world.settle();
    expect([view.get("first")?.token, member.signal.aborted]).toEqual([member.token, false]);
    expect(member.token).toBeGreaterThan(before!);
    await view.close();
    await member.release();
  });

  it("ends with its session, and with its signal", async () => {
    const world = new World();
    const { session, channel } = await world.open();
    const stop = new AbortController();
    const group = createGroup(session, PATH);
    const [given, lost] = [group.view({ signal: stop.signal }), group.view()];
    const changes = read(lost.changes());
    await lost.ready;
    stop.abort();
    channel.expire();
    await world.settle();
    expect([given.signal.reason, lost.signal.reason]).toMatchObject([{ code: "ABORTED" }, { code: "SESSION_EXPIRED" }]);
    expect(changes.told.at(-1)).toBe("SESSION_EXPIRED");
  });
});

/** Joins, is seen, says something else and leaves while one request goes wrong. Gives whether there was such a request. */
async function joinWithFault(at: number, fault: Fault): Promise<boolean> {
  const world = new World();
  const [one, other] = [await world.open(), await world.open()];
  const view = createGroup(other.session, PATH).view();
  await view.ready;
  one.channel.plan = { at, fault };
  const group = createGroup(one.session, PATH);
  const joins = watched(group.join({ id: "one", data: "a" }));
  await world.settle();
  const member = joins.value;
  const set = watched(member === undefined ? Promise.resolve() : member.set("b"));
  const members = watched(group.members());
  await world.settle();
  expect([joins.isOver, set.isOver, members.isOver]).toEqual([true, true, true]);
  const isMember = member?.signal.aborted === false;
  expect(view.members.map(({ data }) => data)).toEqual(isMember ? ["b"] : []);
  if (isMember) expect(ids(members.value!)).toEqual(["one"]);
  await member?.release();
  await world.settle();
  expect([view.members, world.names(PATH)]).toEqual([[], []]);
  return one.channel.requestCount >= at;
}

describe.each(FAULTS)("a member one of whose requests is %s", (fault) => {
  it("is a member once, or none, and leaves nothing behind", async () => {
    let at = 1;
    while (await joinWithFault(at, fault)) at += 1;
    expect(at).toBeGreaterThan(6);
  });
});
