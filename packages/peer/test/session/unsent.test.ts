import { createSession, type Session } from "@coterie/session";
import { describe, expect, it } from "vitest";
import { createInProcessChannel } from "../../src/session/in-process-channel.ts";
import { LEADING } from "../serving/fake-engine.ts";
import { ServingWorld } from "../serving/serving-world.ts";

interface Ended {
  readonly code: string;
  readonly outcome: string;
}

/** How calls have ended, once `settle` has run: those that have not are missing. */
function endOf(call: Promise<unknown>, ends: (Ended | "ok")[]): void {
  call.then(
    () => ends.push("ok"),
    ({ code, outcome }: Ended) => ends.push({ code, outcome }),
  );
}

async function settle({ engine, clock }: ServingWorld): Promise<void> {
  for (let turns = -1; turns !== engine.turnCount;) {
    turns = engine.turnCount;
    engine.run();
    clock.settle();
  }
  // Promises are told behind: none of them leads on to another.
  await Promise.resolve();
  await Promise.resolve();
}

async function childrenOf(world: ServingWorld, session: Session): Promise<string[]> {
  const reading = session.children("/");
  await settle(world);
  return (await reading).children;
}

/** A session whose peer has lost its leader. */
async function suspended(): Promise<{ world: ServingWorld; session: Session }> {
  const world = new ServingWorld();
  const channel = createInProcessChannel(world.serving, { clock: world.clock, sessionTimeoutMs: 9_000 });
  const session = createSession(channel, { clock: world.clock });
  await settle(world);
  world.loseLeader();
  await settle(world);
  expect(session.state).toBe("suspended");
  return { world, session };
}

describe("a write that was not handed in", () => {
  it("is not carried out once its deadline is over", async () => {
    const { world, session } = await suspended();
    const ends: (Ended | "ok")[] = [];
    endOf(session.create("/late", "x", { deadlineMs: 200 }), ends);
    endOf(session.create("/above/late", "x", { deadlineMs: 200, parents: true }), ends);
    endOf(session.create("/patient", "x", { deadlineMs: Infinity }), ends);
    world.clock.advance(200);
    await settle(world);
    const late = { code: "OPERATION_TIMEOUT", outcome: "not-applied" };
    expect(ends).toEqual([late, late]);
    world.engine.become(LEADING);
    await settle(world);
    expect(ends[2]).toBe("ok");
    expect((await childrenOf(world, session)).toSorted()).toEqual(["patient", "zookeeper"]);
  });

  it("keeps no read waiting once its deadline is over", async () => {
    const { world, session } = await suspended();
    const ends: (Ended | "ok")[] = [];
    endOf(session.create("/late", "x", { deadlineMs: 200 }), ends);
    endOf(session.get("/", { deadlineMs: 5_000 }), ends);
    await settle(world);
    expect(ends).toEqual([]);
    world.clock.advance(200);
    endOf(session.get("/"), ends);
    await settle(world);
    expect(ends).toEqual([{ code: "OPERATION_TIMEOUT", outcome: "not-applied" }, "ok", "ok"]);
  });

  it("was not applied when the session is closed", async () => {
    const { world, session } = await suspended();
    const ends: (Ended | "ok")[] = [];
    endOf(session.create("/late", "x"), ends);
    void session.close();
    await settle(world);
    expect(ends).toEqual([{ code: "CONNECTION_LOSS", outcome: "not-applied" }]);
  });
});
