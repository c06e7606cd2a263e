import { createMutex } from "@coterie/recipes";
import { afterEach, describe, expect, it } from "vitest";
import { createTestEnsemble, type TestEnsemble, type TestEnsembleOptions } from "../src/index.ts";

const ensembles: TestEnsemble[] = [];
afterEach(async () => {
  await Promise.all(ensembles.splice(0).map((ensemble) => ensemble.stop()));
});

async function create(options: TestEnsembleOptions = {}): Promise<TestEnsemble> {
  const ensemble = await createTestEnsemble(options);
  ensembles.push(ensemble);
  return ensemble;
}

describe("a test ensemble", () => {
  it("serves, and answers calls of sessions while time stands still", async () => {
    const ensemble = await create();
    const beganMs = ensemble.clock.nowMs();
    const [writer, reader] = [await ensemble.openSession(1), await ensemble.openSession(2)];
    await writer.create("/app/config", "v1", { parents: true });
    const watch = await reader.watch("/app/config");
    await writer.transaction().check("/app").set("/app/config", "v2").commit();
    for await (const event of watch) {
      expect(event.kind).toBe("data-changed");
      break;
    }
    await reader.sync();
    expect((await reader.get("/app/config", { consistency: "linearizable" })).text()).toBe("v2");
    await writer.close();
    expect(ensemble.clock.nowMs()).toBe(beganMs);
  });

  it("hands a lock from one session to the next, never to two, while time stands still", async () => {
    const ensemble = await create();
    const sessions = await Promise.all([1, 2, 3].map((id) => ensemble.openSession(id)));
    let holders = 0;
    const seen: number[] = [];
    await Promise.all(
      sessions.map(async (session) => {
        const hold = await createMutex(session, "/lock").acquire();
        holders += 1;
        await session.sync();
        seen.push(holders);
        holders -= 1;
        await hold.release();
      }),
    );
    expect(seen).toEqual([1, 1, 1]);
  });

  it("opens sessions at its peers in turn, and at the one that is named", async () => {
    const ensemble = await create();
    const opened: number[] = [];
    for (const peer of ensemble.peers) peer.on("session", ({ kind }) => kind === "opened" && opened.push(peer.id));
    for (let count = 0; count < 4; count++) await ensemble.openSession();
    await ensemble.openSession(3);
    await ensemble.settle();
    expect(opened).toEqual([1, 2, 3, 1, 3]);
  });

  it("gives each client a host of its own in the network, also where several connect at once", async () => {
    const ensemble = await create();
    const clients = await Promise.all([1, 2, 3].map(() => ensemble.connect()));
    const suspended: number[] = [];
    for (const [index, client] of clients.entries()) {
      client.on("state", (state) => state === "suspended" && suspended.push(index));
    }
    for (const id of [1, 2, 3]) ensemble.network.reset("client2", `peer${id}`);
    await ensemble.settle();
    expect(suspended).toEqual([1]);
  });

  it("gives sessions the timeout that was asked for, of the ensemble or of the session", async () => {
    const ensemble = await create({ sessionTimeoutMs: 5000 });
    expect((await ensemble.openSession()).timeoutMs).toBe(5000);
    expect((await ensemble.openSession(1, { sessionTimeoutMs: 6000 })).timeoutMs).toBe(6000);
  });

  it("has a deadline pass by its own time alone", async () => {
    const ensemble = await create();
    const session = await ensemble.openSession(1);
    await createMutex(await ensemble.openSession(2), "/lock").acquire();
    const waits = createMutex(session, "/lock").acquire({ deadlineMs: 60_000 });
    let isOver = false;
    const failure = waits.catch((error: unknown) => error).finally(() => (isOver = true));
    await ensemble.advance(59_999);
    expect(isOver).toBe(false);
    await ensemble.advance(1);
    expect(await failure).toMatchObject({ code: "OPERATION_TIMEOUT" });
  });

  it("keeps sessions alive however far the time goes", async () => {
    const ensemble = await create();
    const session = await ensemble.openSession();
    await session.create("/mine", null, { mode: "ephemeral" });
    await ensemble.advance(300_000);
    expect([session.state, await session.exists("/mine")]).toEqual(["connected", expect.anything()]);
  });

  it.each([
    [1, 0],
    [1, 2],
    [5, 1],
  ])("has %i voters and %i observers if that is asked for", async (peerCount, observerCount) => {
    const ensemble = await create({ peerCount, observerCount });
    const states = ensemble.peers.map(({ status }) => status.role.state);
    expect(states.filter((state) => state === "leading")).toHaveLength(1);
    expect(states.filter((state) => state === "following")).toHaveLength(peerCount - 1);
    expect(states.filter((state) => state === "observing")).toHaveLength(observerCount);
    const last = await ensemble.openSession(peerCount + observerCount);
    await last.create("/a");
    expect(await last.exists("/a")).not.toBeNull();
  });

  it("tells a logger which peer says something", async () => {
    const heard: string[] = [];
    const hear = (_: object, message: string): number => heard.push(message);
    await create({ logger: { debug: hear, info: hear, warn: hear, error: hear } });
    expect(heard.filter((message) => /^peer [123]: serving$/.test(message))).toHaveLength(3);
  });

  it("has a wall clock that begins where it is told to", async () => {
    const ensemble = await create({ wallTimeMs: Date.UTC(2030, 5, 1) });
    const session = await ensemble.openSession();
    const { stat } = await session.create("/a");
    expect(new Date(stat.ctimeMs).getUTCFullYear()).toBe(2030);
  });
});

describe("equal seeds", () => {
  async function run(seed: number): Promise<unknown> {
    const ensemble = await create({ seed });
    const told: unknown[] = [ensemble.leader(), ensemble.clock.nowMs()];
    const sessions = await Promise.all([1, 2, 3].map((id) => ensemble.openSession(id)));
    const holds = await Promise.all(
      sessions.map(async (session) => {
        const hold = await createMutex(session, "/lock").acquire();
        await session.create("/n-", null, { mode: "persistent-sequential" });
        await hold.release();
        return [hold.token, session.id];
      }),
    );
    ensemble.crash(ensemble.leader()!);
    await ensemble.advance(20_000);
    const last = await (await ensemble.openSession()).create("/last");
    const { status } = ensemble.peers[0]!;
    return [...told, holds, ensemble.leader(), last.stat, status.lastZxid, status.role.epoch, status.clusterId];
  }

  it("give equal runs, and others other ones", async () => {
    const [one, same, other] = [await run(7), await run(7), await run(8)];
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
  });
});
