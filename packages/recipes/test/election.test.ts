import { CoterieError } from "@coterie/interface";
import { describe, expect, it } from "vitest";
import { createElection, type Leadership } from "../src/index.ts";
import { FAULTS } from "./support/faulty-channel.ts";
import { watched, World } from "./support/world.ts";

const PATH = "/election";

/** Work that leads until its signal is aborted. */
function leadUntilAborted(told: string[], name: string) {
  return ({ signal }: Leadership): Promise<never> => {
    told.push(`${name} leads`);
    return new Promise((_, reject) => {
      signal.addEventListener("abort", () => {
        told.push(`${name} leads no more`);
        reject(signal.reason as Error);
      });
    });
  };
}

describe("an election", () => {
  it("has one leader, and the next when that one resigns", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const election = createElection(one.session, PATH, { data: "one" });
    const otherElection = createElection(other.session, PATH, { data: "other" });
    expect(await election.leader()).toBeNull();
    const leads = await election.campaign();
    const waits = watched(otherElection.campaign());
    await world.settle();
    expect([waits.isOver, await otherElection.tryCampaign()]).toEqual([false, null]);
    expect(await otherElection.leader()).toMatchObject({ data: "one", sessionId: one.session.id, token: leads.token });
    expect((await election.candidates()).map(({ data }) => data)).toEqual(["one", "other"]);
    await leads.release();
    await world.settle();
    expect(waits.value!.token).toBeGreaterThan(leads.token);
    expect(await election.leader()).toMatchObject({ data: "other" });
  });

  it("runs work while it leads, resigns behind it, and gives its result", async () => {
    const world = new World();
    const { session } = await world.open();
    const election = createElection(session, PATH);
    const result = await election.run(async ({ guard, token }) => {
      await guard(session.transaction()).create("/done", String(token)).commit();
      return token;
    });
    expect((await session.get("/done")).text()).toBe(String(result));
    expect(world.names(PATH)).toEqual([]);
    await expect(election.run(() => Promise.reject(new Error("the work has failed")))).rejects.toThrow("the work has");
    expect(world.names(PATH)).toEqual([]);
  });

  it("campaigns anew when its leadership was taken from it, until it is told to stop", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const told: string[] = [];
    const stop = new AbortController();
    const runs = watched(createElection(one.session, PATH).run(leadUntilAborted(told, "one"), { signal: stop.signal }));
    await world.settle();
    const [name] = world.names(PATH);
    await other.session.delete(`${PATH}/${name!}`);
    await world.settle();
    expect(told).toEqual(["one leads", "one leads no more", "one leads"]);
    stop.abort(new Error("shut down"));
    await world.settle();
    expect(told).toHaveLength(4);
    expect(runs.error).toMatchObject({ code: "ABORTED", cause: { message: "shut down" } });
    expect(world.names(PATH)).toEqual([]);
  });

  it("ends when its session is lost, behind the work's signal", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const told: string[] = [];
    const runs = watched(createElection(one.session, PATH).run(leadUntilAborted(told, "one")));
    await world.settle();
    const next = watched(createElection(other.session, PATH).run(leadUntilAborted(told, "other")));
    await world.settle();
    one.channel.expire();
    await world.settle();
    expect(told).toEqual(["one leads", "one leads no more", "other leads"]);
    expect(runs.error).toMatchObject({ code: "NOT_HELD", cause: { code: "SESSION_EXPIRED" } });
    expect(next.isOver).toBe(false);
  });

  it("tells who leads, and each other leader", async () => {
    const world = new World();
    const [one, other, observer] = [await world.open(), await world.open(), await world.open()];
    const stop = new AbortController();
    const seen: (string | null)[] = [];
    const observing = watched(
      (async () => {
        const leaders = createElection(observer.session, PATH).leaders({ signal: stop.signal });
        for await (const leader of leaders) seen.push(leader?.data ?? null);
      })(),
    );
    await world.settle();
    const leads = await createElection(one.session, PATH, { data: "one" }).campaign();
    const waits = watched(createElection(other.session, PATH, { data: "other" }).campaign());
    await world.settle();
    await leads.release();
    await world.settle();
    await waits.value!.release();
    await world.settle();
    expect(seen).toEqual([null, "one", "other", null]);
    stop.abort(new Error("seen enough"));
    await world.settle();
    expect(observing.error).toMatchObject({ message: "seen enough" });
  });

  it("throws the signal's reason to who asks for the leaders, also while it lists them", async () => {
    // The watch of the leader, the look at it, and, when it has gone, the list.
    for (const requests of [0, 1, 2]) {
      const world = new World();
      const [one, observer] = [await world.open(), await world.open()];
      const leads = await createElection(one.session, PATH).campaign();
      const stop = new AbortController();
      const leaders = createElection(observer.session, PATH).leaders({ signal: stop.signal })[Symbol.asyncIterator]();
      expect((await leaders.next()).value).toMatchObject({ path: leads.path });
      const { channel } = observer;
      const before = channel.requestCount;
      channel.holdsBack = () => channel.requestCount >= before + requests;
      const next = watched(leaders.next());
      await world.settle();
      await leads.release();
      await world.settle();
      expect([channel.heldBackCount > 0, next.isOver]).toEqual([true, false]);
      stop.abort(new Error("seen enough"));
      await world.settle();
      expect(next.error).toBe(stop.signal.reason);
    }
  });

  it("asks nothing for those who come and go behind the leader", async () => {
    const world = new World();
    const [one, other, observer] = [await world.open(), await world.open(), await world.open()];
    await createElection(one.session, PATH).campaign();
    const leaders = createElection(observer.session, PATH).leaders()[Symbol.asyncIterator]();
    await leaders.next();
    const next = watched(leaders.next());
    await world.settle();
    const before = observer.channel.requestCount;
    for (let round = 0; round < 5; round++) await createElection(other.session, PATH).tryCampaign();
    await world.settle();
    expect([observer.channel.requestCount - before, next.isOver]).toEqual([0, false]);
    await one.session.close();
    await world.settle();
    expect(next.value).toMatchObject({ done: false, value: null });
  });

  it("ends a run with its signal, also without a connection", async () => {
    const world = new World();
    const { session, channel } = await world.open();
    const stop = new AbortController();
    const runs = watched(createElection(session, PATH).run(leadUntilAborted([], "one"), { signal: stop.signal }));
    await world.settle();
    channel.suspend();
    stop.abort();
    await world.settle();
    expect(runs.error).toMatchObject({ code: "ABORTED" });
    expect(world.names(PATH)).toHaveLength(1);
    channel.reconnect();
    await world.settle();
    expect(world.names(PATH)).toEqual([]);
  });

  it("lets who reads the leaders go at once, also while no other one comes", async () => {
    const world = new World();
    const { session } = await world.open();
    const election = createElection(session, PATH);
    await election.campaign();
    const leaders = election.leaders()[Symbol.asyncIterator]();
    expect((await leaders.next()).value).toMatchObject({ sessionId: session.id });
    const waits = watched(leaders.next());
    await world.settle();
    expect(waits.isOver).toBe(false);
    expect(await leaders.return?.()).toEqual({ done: true, value: undefined });
    await world.settle();
    expect(waits.value).toEqual({ done: true, value: undefined });
    expect(await leaders.next()).toEqual({ done: true, value: undefined });
  });

  it("gives what the work gives, or throws, where it may not resign", async () => {
    const world = new World();
    const { session } = await world.open();
    const acl = [{ scheme: "world", id: "anyone", permissions: ["read", "write", "create", "admin"] }] as const;
    for (const path of [PATH, `${PATH}-2`]) {
      await session.create(path);
      await session.setAcl(path, acl);
    }
    expect(await createElection(session, PATH).run(() => Promise.resolve("done"))).toBe("done");
    const failing = createElection(session, `${PATH}-2`).run(() => Promise.reject(new Error("the work has failed")));
    await expect(failing).rejects.toThrow("the work has failed");
  });
});

/** One runs and hears of leaders while one request goes wrong; another one leads behind it. */
async function runWithFault(at: number, fault: (typeof FAULTS)[number]): Promise<boolean> {
  const world = new World();
  const [one, other] = [await world.open(), await world.open()];
  one.channel.plan = { at, fault };
  const tokens: number[] = [];
  const work = ({ token }: Leadership): Promise<string> => {
    tokens.push(token);
    return Promise.resolve("done");
  };
  const mine = watched(createElection(one.session, PATH).run(work));
  await world.settle();
  expect(mine.isOver).toBe(true);
  // Once, and with its result; or the session was lost, and it says so.
  expect([mine.value, tokens.length <= 1]).toEqual([mine.error === undefined ? "done" : undefined, true]);
  if (mine.error !== undefined) expect(fault).toMatch(/^expired/);
  const theirs = watched(createElection(other.session, PATH).run(work));
  await world.settle();
  expect(theirs.value).toBe("done");
  expect(world.names(PATH)).toEqual([]);
  return one.channel.requestCount >= at;
}

/** One hears of leaders while one request goes wrong. */
async function hearWithFault(at: number, fault: (typeof FAULTS)[number]): Promise<boolean> {
  const world = new World();
  const [one, observer] = [await world.open(), await world.open()];
  observer.channel.plan = { at, fault };
  const seen: (string | null)[] = [];
  const hearing = watched(
    (async () => {
      for await (const leader of createElection(observer.session, PATH).leaders()) seen.push(leader?.data ?? null);
    })(),
  );
  await world.settle();
  const election = createElection(one.session, PATH, { data: "one" });
  for (let round = 0; round < 2; round++) {
    const leads = await election.campaign();
    await world.settle();
    await leads.release();
    await world.settle();
  }
  if (hearing.isOver) expect([fault.startsWith("expired"), hearing.error]).toEqual([true, expect.any(CoterieError)]);
  else expect(seen).toEqual([null, "one", null, "one", null]);
  return observer.channel.requestCount >= at;
}

describe.each(FAULTS)("an election one of whose requests is %s", (fault) => {
  it("does the work once, and resigns, whichever request it is", async () => {
    let at = 1;
    while (await runWithFault(at, fault)) at += 1;
    expect(at).toBeGreaterThan(4);
  });

  it("tells of every leader, or why it cannot", async () => {
    let at = 1;
    while (await hearWithFault(at, fault)) at += 1;
    expect(at).toBeGreaterThan(8);
  });
});
