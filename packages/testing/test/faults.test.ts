import { createElection } from "@coterie/recipes";
import type { Session } from "@coterie/session";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTestEnsemble, type TestEnsemble } from "../src/index.ts";

/** More than an election takes with the timing "embedded". */
const ELECTION_MS = 10_000;

let ensemble: TestEnsemble;

beforeEach(async () => {
  ensemble = await createTestEnsemble({ seed: 42 });
});

afterEach(() => ensemble.stop());

function others(than: number): number[] {
  return [1, 2, 3].filter((id) => id !== than);
}

/** What a session was told of its state, from now on. */
function statesOf(session: Session): string[] {
  const states: string[] = [];
  session.on("state", (state, reason) => states.push(reason === null ? state : `${state}: ${reason.code}`));
  return states;
}

describe("expire", () => {
  it("ends a session as expired, at the ensemble and at its client, while time stands still", async () => {
    const [session, other] = [await ensemble.openSession(1), await ensemble.openSession(2)];
    await session.create("/mine", null, { mode: "ephemeral" });
    const watch = await other.watch("/mine");
    const states = statesOf(session);
    const beganMs = ensemble.clock.nowMs();
    await ensemble.expire(session);
    expect([session.state, states, ensemble.clock.nowMs()]).toEqual(["lost", ["lost: SESSION_EXPIRED"], beganMs]);
    await expect(session.get("/")).rejects.toMatchObject({ code: "SESSION_EXPIRED" });
    expect(await other.exists("/mine")).toBeNull();
    expect((await watch[Symbol.asyncIterator]().next()).value).toMatchObject({ kind: "deleted" });
  });

  it("takes a session's id, at any peer", async () => {
    const sessions = await Promise.all([1, 2, 3].map((id) => ensemble.openSession(id)));
    for (const session of sessions) await ensemble.expire(session.id);
    expect(sessions.map(({ state }) => state)).toEqual(["lost", "lost", "lost"]);
  });

  it("leaves the others alone, also later", async () => {
    const [session, other] = [await ensemble.openSession(1), await ensemble.openSession(1)];
    await ensemble.expire(session);
    await ensemble.advance(60_000);
    expect([other.state, ensemble.peers.map(({ status }) => status.sessionCount)]).toEqual(["connected", [1, 1, 1]]);
  });

  it("refuses a session that is there no more, and what is none", async () => {
    const session = await ensemble.openSession();
    await ensemble.expire(session);
    await expect(ensemble.expire(session)).rejects.toMatchObject({
      code: "BAD_ARGUMENTS",
      message: expect.stringMatching(/no session 0x\w+: .* \(replay with seed 42\)/) as unknown,
    });
    for (const nonsense of ["seven", 7, null, {}]) {
      const refused = { code: "BAD_ARGUMENTS", message: expect.stringMatching(/takes a session or its id/) as unknown };
      await expect(ensemble.expire(nonsense as string)).rejects.toMatchObject(refused);
    }
  });

  it("says so where no quorum can expire anything", async () => {
    const leader = ensemble.leader()!;
    const session = await ensemble.openSession(leader);
    ensemble.partition([leader]);
    const leads = {
      code: "NO_QUORUM",
      message: expect.stringMatching(/leads, but has lost its quorum.*replay with seed 42/) as unknown,
    };
    await expect(ensemble.expire(session)).rejects.toMatchObject(leads);
    ensemble.partition([1], [2], [3]);
    await ensemble.advance(ELECTION_MS);
    const nobody = { code: "NO_QUORUM", message: expect.stringMatching(/no peer leads/) as unknown };
    await expect(ensemble.expire(session)).rejects.toMatchObject(nobody);
  });
});

describe("partition", () => {
  it("deposes a leader that is cut off, whose sessions are suspended and then lost", async () => {
    const before = ensemble.leader()!;
    const [cutOff, rest] = [await ensemble.openSession(before), await ensemble.openSession(others(before)[0])];
    const states = statesOf(cutOff);
    await cutOff.create("/mine", null, { mode: "ephemeral" });
    ensemble.partition([before], others(before));
    expect(ensemble.leader()).toBe(before);
    await ensemble.advance(ELECTION_MS);
    expect(others(before)).toContain(ensemble.leader());
    expect(ensemble.peer(before).status.role.isServing).toBe(false);
    await ensemble.advance(ELECTION_MS);
    expect(states).toEqual(["suspended: CONNECTION_LOSS", "lost: SESSION_EXPIRED"]);
    await rest.sync();
    expect(await rest.exists("/mine")).toBeNull();
  });

  it("loses no session if it heals in time, and tells it what has been written", async () => {
    const cut = others(ensemble.leader()!)[0]!;
    const session = await ensemble.openSession(cut);
    const other = await ensemble.openSession(ensemble.leader()!);
    ensemble.partition([cut]);
    await ensemble.advance(6000);
    expect(session.state).toBe("suspended");
    await other.create("/meanwhile");
    ensemble.heal();
    await ensemble.advance(3000);
    expect(session.state).toBe("connected");
    await session.sync();
    expect(await session.exists("/meanwhile")).not.toBeNull();
  });

  it("has nobody lead without a quorum, and somebody again when it heals", async () => {
    ensemble.partition([1], [2], [3]);
    await ensemble.advance(ELECTION_MS);
    expect(ensemble.leader()).toBeNull();
    ensemble.heal();
    await ensemble.advance(ELECTION_MS);
    expect([1, 2, 3]).toContain(ensemble.leader());
  });

  it.each<[string, unknown[], RegExp]>([
    ["nobody", [], /nobody is named/],
    ["a group of nobody", [[1], []], /a group names nobody/],
    ["ids without groups", [1, 2], /takes groups of ids, as partition\(\[1\], \[2, 3\]\)/],
    ["a peer that is none", [[1], [4]], /no peer 4; there are 1, 2, 3/],
    [
      "a peer twice",
      [
        [1, 2],
        [2, 3],
      ],
      /peer 2 stands twice/,
    ],
    ["everybody in one group", [[1, 2, 3]], /nobody is left/],
  ])("refuses %s", (_, groups, message) => {
    const refused = expect.objectContaining({
      code: "BAD_ARGUMENTS",
      message: expect.stringMatching(new RegExp(`${message.source}.*\\(replay with seed 42\\)$`)),
    });
    expect(() => ensemble.partition(...(groups as number[][]))).toThrow(refused);
  });
});

describe("crash and restart", () => {
  it("has another peer lead when the leader has crashed", async () => {
    const before = ensemble.leader()!;
    const sessions = await Promise.all(others(before).map((id) => ensemble.openSession(id)));
    const elections = sessions.map((session) => createElection(session, "/election"));
    const leads = await elections[0]!.campaign();
    ensemble.crash(before);
    expect(ensemble.leader()).toBeNull();
    await ensemble.advance(ELECTION_MS);
    expect(others(before)).toContain(ensemble.leader());
    expect([leads.signal.aborted, ...sessions.map(({ state }) => state)]).toEqual([false, "connected", "connected"]);
    await sessions[1]!.create("/after");
  });

  it("loses the sessions in the process at once, which live on for the others until they expire", async () => {
    const id = others(ensemble.leader()!)[0]!;
    const [session, other] = [await ensemble.openSession(id), await ensemble.openSession(ensemble.leader()!)];
    await session.create("/mine", null, { mode: "ephemeral" });
    const waits = session.set("/mine", "x");
    ensemble.crash(id);
    await expect(waits).rejects.toMatchObject({ code: "CONNECTION_LOSS" });
    expect(session.state).toBe("lost");
    const message = `the peer has stopped: the test has crashed peer ${id} (replay with seed 42)`;
    const cause = expect.objectContaining({ code: "PEER_STOPPED", message });
    await expect(session.get("/")).rejects.toMatchObject({ code: "PEER_STOPPED", cause });
    expect(await other.exists("/mine")).not.toBeNull();
    await ensemble.advance(12_000);
    expect(await other.exists("/mine")).toBeNull();
  });

  it("moves a client over the network to another peer, with its session", async () => {
    const clients = await Promise.all([1, 2, 3, 4, 5].map(() => ensemble.connect({ chroot: "/app" })));
    await clients[0]!.create("/", null, { parents: true });
    for (const [index, client] of clients.entries()) await client.create(`/${index}`, null, { mode: "ephemeral" });
    const leader = ensemble.leader()!;
    ensemble.crash(leader);
    await ensemble.advance(ELECTION_MS);
    expect(clients.map(({ state }) => state)).toEqual(clients.map(() => "connected"));
    expect((await clients[0]!.children("/")).children).toHaveLength(5);
    await ensemble.expire(clients[0]!);
    await ensemble.advance(1000);
    expect(clients[0]!.state).toBe("lost");
    expect((await clients[1]!.children("/")).children).toHaveLength(4);
  });

  it("keeps the store of a peer that has crashed: all of them may, and nothing is lost", async () => {
    const session = await ensemble.openSession();
    await session.create("/kept", "here");
    for (const id of [1, 2, 3]) ensemble.crash(id);
    expect(ensemble.peers).toEqual([]);
    for (const id of [1, 2, 3]) await ensemble.restart(id);
    await ensemble.advance(ELECTION_MS);
    const again = await ensemble.openSession();
    expect((await again.get("/kept")).text()).toBe("here");
  });

  it("has a peer that is started again catch up", async () => {
    const id = others(ensemble.leader()!)[0]!;
    ensemble.crash(id);
    const other = await ensemble.openSession();
    await other.create("/meanwhile");
    await ensemble.restart(id);
    await ensemble.advance(ELECTION_MS);
    const session = await ensemble.openSession(id);
    expect(await session.exists("/meanwhile")).not.toBeNull();
  });

  it("starts a peer again that was stopped, or has stopped by itself", async () => {
    const leader = ensemble.leader()!;
    const [stopped, failed] = others(leader);
    await ensemble.peer(stopped!).stop();
    await ensemble.restart(stopped!);
    await ensemble.advance(ELECTION_MS);
    ensemble.storage(failed!).failNextWrite("STORE_FULL");
    const session = await ensemble.openSession(leader);
    await session.create("/a");
    await ensemble.settle();
    expect(ensemble.peers.map(({ id }) => id)).not.toContain(failed);
    await ensemble.restart(failed!);
    await ensemble.advance(ELECTION_MS);
    expect(ensemble.peers.map(({ status }) => status.role.isServing)).toEqual([true, true, true]);
  });

  it("refuses what makes no sense, and says what to do", async () => {
    const seed = "\\(replay with seed 42\\)$";
    const bad = (message: string): unknown => {
      return expect.objectContaining({ code: "BAD_ARGUMENTS", message: expect.stringMatching(`${message}.*${seed}`) });
    };
    ensemble.crash(2);
    expect(() => ensemble.crash(2)).toThrow(bad("peer 2 is down: restart\\(2\\)"));
    expect(() => ensemble.peer(2)).toThrow(bad("peer 2 is down"));
    expect(() => ensemble.crash(9)).toThrow(bad("there is no peer 9; there are 1, 2, 3"));
    expect(() => ensemble.storage("1" as never)).toThrow(bad('there is no peer "1"'));
    await expect(ensemble.openSession(2)).rejects.toEqual(bad("peer 2 is down"));
    await expect(ensemble.restart(1)).rejects.toEqual(bad("peer 1 is running: crash\\(1\\)"));
    await expect(ensemble.restart(0)).rejects.toEqual(bad("there is no peer 0"));
    await expect(ensemble.advance(-1)).rejects.toEqual(bad("advance takes milliseconds"));
    for (const id of [1, 3]) ensemble.crash(id);
    await expect(ensemble.openSession()).rejects.toEqual(bad("all peers are down"));
  });
});

describe("the store of a peer", () => {
  it("may keep writes waiting: nothing is acknowledged without a quorum of stores", async () => {
    const session = await ensemble.openSession(ensemble.leader()!);
    for (const id of others(ensemble.leader()!)) ensemble.storage(id).stallWrites();
    let isDone = false;
    const write = session.create("/a").then(() => (isDone = true));
    await ensemble.settle();
    expect(isDone).toBe(false);
    for (const id of [1, 2, 3]) ensemble.storage(id).resumeWrites();
    await write;
  });

  it("may fail a write: the peer stops as a unit, and the outcome is unknown", async () => {
    const id = ensemble.leader()!;
    const session = await ensemble.openSession(id);
    ensemble.storage(id).failNextWrite();
    await expect(session.create("/a")).rejects.toMatchObject({ code: "CONNECTION_LOSS", outcome: "unknown" });
    expect([session.state, ensemble.peers.length]).toEqual(["lost", 2]);
  });

  it("loses what waits when its peer crashes", async () => {
    const id = others(ensemble.leader()!)[0]!;
    ensemble.storage(id).stallWrites();
    const session = await ensemble.openSession(ensemble.leader()!);
    const { stat } = await session.create("/a");
    ensemble.crash(id);
    // Nobody is there who could give it what it has lost.
    ensemble.partition([id]);
    await ensemble.restart(id);
    expect(ensemble.peer(id).status.lastZxid).toBeLessThan(stat.czxid);
    ensemble.heal();
    await ensemble.advance(ELECTION_MS);
    expect(await (await ensemble.openSession(id)).exists("/a")).not.toBeNull();
  });
});
