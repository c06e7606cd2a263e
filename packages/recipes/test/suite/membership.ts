import type { Session } from "@coterie/session";
import { expect, it } from "vitest";
import { createDiscovery, createGroup, createPersistentEphemeral, sustain } from "../../src/index.ts";

/** The sessions of one case, and a path that is its own. */
export interface Given {
  readonly root: string;
  readonly sessions: readonly Session[];
  readonly open: () => Promise<Session>;
}

export function testMembership(given: () => Given): void {
  it("has a persistent ephemeral be there again when it was deleted, and gone when it is released", async () => {
    const { root, sessions } = given();
    const [one, other] = [sessions[0]!, sessions[1]!];
    const path = `${root}/hosts/one`;
    const kept = createPersistentEphemeral(one, path, { data: "hello" });
    await kept.ready();
    const watch = await other.watch(path);
    const changes = watch[Symbol.asyncIterator]();
    const first = kept.token;
    await other.delete(path);
    for (const kind of ["deleted", "created"]) expect((await changes.next()).value).toMatchObject({ kind, path });
    const znode = await other.get(path);
    expect([znode.text(), znode.stat.ephemeralOwner, znode.stat.czxid > first!]).toEqual(["hello", one.id, true]);
    await kept.set("changed");
    await other.sync();
    expect((await other.get(path)).text()).toBe("changed");
    await kept.release();
    await other.sync();
    expect(await other.exists(path)).toBeNull();
    await watch.close();
  });

  it("has sustained work be done with a session of its own, which is closed behind it", async () => {
    const { root, sessions, open } = given();
    const path = `${root}/worker`;
    const id = await sustain(open, async (session) => {
      const kept = createPersistentEphemeral(session, path);
      await kept.ready();
      return session.id;
    });
    await sessions[0]!.sync();
    expect([sessions.map((session) => session.id).includes(id), await sessions[0]!.exists(path)]).toEqual([
      false,
      null,
    ]);
  });

  it("has a persistent ephemeral follow the one of a former session (SE-12)", async () => {
    const { root, sessions } = given();
    const [former, present] = [sessions[0]!, sessions[1]!];
    const path = `${root}/hosts/one`;
    await createPersistentEphemeral(former, path, { data: "former" }).ready();
    const kept = createPersistentEphemeral(present, path, { data: "present" });
    const ready = kept.ready();
    await present.sync();
    expect([(await present.get(path)).text(), kept.token]).toEqual(["former", null]);
    await former.close();
    await ready;
    expect((await present.get(path)).text()).toBe("present");
    await kept.release();
  });

  it("has all views of a group see who joins, changes and leaves", async () => {
    const { root, sessions } = given();
    const path = `${root}/workers`;
    const groups = sessions.map((session) => createGroup(session, path));
    const views = groups.map((group) => group.view());
    const changes = views.map((view) => view.changes());
    const told = (): Promise<unknown[]> => Promise.all(changes.map(async (each) => (await each.next()).value));
    const all = (change: unknown): unknown[] => views.map(() => expect.objectContaining(change));
    expect(await told()).toEqual(all({ kind: "initialised" }));
    const membership = await groups[0]!.join({ id: "one", data: "a" });
    const sessionId = sessions[0]!.id;
    expect(await told()).toEqual(all({ kind: "joined", member: expect.objectContaining({ id: "one", sessionId }) }));
    await membership.set("b");
    expect(await told()).toEqual(all({ kind: "changed", member: expect.objectContaining({ data: "b" }) }));
    expect(await groups[1]!.members()).toHaveLength(1);
    await sessions[0]!.close();
    expect((await changes[1]!.next()).value).toMatchObject({ kind: "left", member: { id: "one" } });
    expect([views[1]!.members, await groups[1]!.members()]).toEqual([[], []]);
    for (const view of views) await view.close();
  });

  it("has a provider give what is registered, as long as it is", async () => {
    const { root, sessions } = given();
    const [one, other] = sessions.map((session) => createDiscovery(session, `${root}/services`));
    const first = await one!.register({ name: "web", id: "1", address: "10.0.0.1", port: 80, payload: [1] });
    await sessions[1]!.sync();
    const provider = other!.provider("web");
    await provider.ready;
    expect(provider.instance()).toMatchObject({ id: "1", port: 80, payload: [1], token: first.token });
    const view = other!.view("web");
    const changes = view.changes();
    while ((await changes.next()).value?.kind !== "initialised");
    await first.update({ enabled: false });
    expect((await changes.next()).value).toMatchObject({ kind: "changed", instance: { enabled: false } });
    const second = await other!.register({ name: "web", id: "2" });
    expect((await changes.next()).value).toMatchObject({ kind: "added", instance: { id: "2" } });
    await sessions[0]!.sync();
    expect([(await one!.instances("web")).length, await one!.services()]).toEqual([2, ["web"]]);
    await first.release();
    await second.release();
    expect((await changes.next()).value).toMatchObject({ kind: "removed", instance: { id: "1" } });
    expect((await changes.next()).value).toMatchObject({ kind: "removed", instance: { id: "2" } });
    await Promise.all([view.close(), provider.close()]);
  });
}
