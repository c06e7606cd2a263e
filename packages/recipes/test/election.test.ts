import { describe, expect, it } from "vitest";
import { createElection, type Leadership } from "../src/index.ts";
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
});
