import type { Session } from "@coterie/session";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type SessionSetting, World } from "../../../session/test/suite/world.ts";
import { testCaches, testLiveConfig } from "./caches.ts";
import { createElection, createMutex, createReadWriteLock, createSemaphore, type Hold } from "../../src/index.ts";
import { testBarriers } from "./barriers.ts";
import { testMembership } from "./membership.ts";

const CONTENDERS = 4;
const ROUNDS = 5;

/** What recipes promise, over real sessions of each kind: Coterie's, and Apache ZooKeeper's. */
export function testRecipes(name: string, setting: SessionSetting): void {
  describe(name, () => {
    let world: World;
    let root: string;
    let sessions: Session[];

    beforeEach(async () => {
      world = new World(setting);
      const first = await world.openWithRoot();
      ({ root } = world);
      sessions = [first, await world.open(), await world.open(), await world.open()];
    });

    afterEach(() => world.end());

    it("has a mutex let one in at a time, with tokens that grow", async () => {
      const tokens: number[] = [];
      let inside = 0;
      await everyone(sessions, async (session) => {
        const hold = await createMutex(session, `${root}/mutex`).acquire();
        inside += 1;
        expect(inside).toBe(1);
        tokens.push(hold.token);
        await hold.guard(session.transaction()).set(root, String(hold.token)).commit();
        expect((await session.get(root)).text()).toBe(String(hold.token));
        inside -= 1;
        await hold.release();
      });
      expect(tokens).toHaveLength(CONTENDERS * ROUNDS);
      expect(tokens).toEqual(tokens.toSorted((one, other) => one - other));
    });

    it("has a read-write lock let readers in together, and writers alone", async () => {
      let [readers, writers, mostReaders] = [0, 0, 0];
      await everyone(sessions, async (session, round) => {
        const lock = createReadWriteLock(session, `${root}/table`);
        const isWriter = round % 3 === 0;
        const hold = await (isWriter ? lock.write : lock.read).acquire();
        if (isWriter) writers += 1;
        else readers += 1;
        mostReaders = Math.max(mostReaders, readers);
        expect([writers <= 1, writers === 0 || readers === 0]).toEqual([true, true]);
        await session.sync();
        if (isWriter) writers -= 1;
        else readers -= 1;
        await hold.release();
      });
      expect([readers, writers, mostReaders > 0]).toEqual([0, 0, true]);
    });

    it("has a semaphore give no lease too many", async () => {
      let held = 0;
      let most = 0;
      await everyone(sessions, async (session) => {
        const hold = await createSemaphore(session, `${root}/semaphore`, { leases: 2 }).acquire();
        held += 1;
        most = Math.max(most, held);
        await session.sync();
        held -= 1;
        await hold.release();
      });
      expect([held, most > 0, most <= 2]).toEqual([0, true, true]);
      const [one, other, third] = sessions.map((session) =>
        createSemaphore(session, `${root}/semaphore`, { leases: 2 }),
      );
      const holds = [await one!.acquire(), await other!.acquire()];
      expect(await third!.tryAcquire()).toBeNull();
      expect(await third!.holders()).toHaveLength(2);
      for (const hold of holds) await hold.release();
    });

    it("has one leader, of whom all hear, and the next when its session ends", async () => {
      const path = `${root}/election`;
      const leaders = createElection(sessions[3]!, path).leaders()[Symbol.asyncIterator]();
      expect((await leaders.next()).value).toBeNull();
      const campaigns: Promise<Hold>[] = [];
      const names: string[] = [];
      for (const [index, session] of sessions.slice(0, 3).entries()) {
        campaigns.push(createElection(session, path, { data: `candidate-${index}` }).campaign());
        await session.sync();
        if (index === 0) await campaigns[0];
      }
      for (const [index, campaign] of campaigns.entries()) {
        const leads = await campaign;
        const told = (await leaders.next()).value;
        names.push(told?.data ?? "nobody");
        expect(told).toMatchObject({ path: leads.path, token: leads.token, sessionId: sessions[index]!.id });
        if (index < 2) await sessions[index]!.close();
        else await leads.release();
        expect(leads.signal.aborted).toBe(true);
      }
      expect([names.length, new Set(names).size, (await leaders.next()).value]).toEqual([3, 3, null]);
      await leaders.return?.();
    });

    testBarriers(() => ({ root, sessions }));
    testMembership(() => ({ root, sessions, open: () => world.open() }));
    testCaches(() => ({ sessions, root }));
    testLiveConfig(() => ({ sessions, root }));

    it("leaves nothing behind", async () => {
      const [session] = sessions;
      const mutex = createMutex(session!, `${root}/left`);
      const hold = await mutex.acquire();
      const giveUp = new AbortController();
      const waits = mutex.acquire({ signal: giveUp.signal });
      await untilContenders(session!, `${root}/left`, 2);
      giveUp.abort(new Error("given up"));
      await expect(waits).rejects.toMatchObject({ code: "ABORTED" });
      await hold.release();
      await untilContenders(session!, `${root}/left`, 0);
      expect(await mutex.contenders()).toEqual([]);
    });
  });
}

async function everyone(
  sessions: readonly Session[],
  work: (session: Session, round: number) => Promise<void>,
): Promise<void> {
  await Promise.all(
    sessions.map(async (session, index) => {
      for (let round = 0; round < ROUNDS; round++) await work(session, index + round);
    }),
  );
}

/** Resolves when so many contend; a container may be gone with the last of them. */
async function untilContenders(session: Session, path: string, count: number): Promise<void> {
  const watch = await session.watch(path);
  try {
    const changes = watch[Symbol.asyncIterator]();
    for (;;) {
      const stat = await session.exists(path);
      if ((stat?.childCount ?? 0) === count) return;
      await changes.next();
    }
  } finally {
    await watch.close();
  }
}
