// Run by fake-timers.test.ts, under node:test. It ends by itself: whatever were left would keep its process alive.
import { createTestEnsemble } from "@coterie/testing";
import assert from "node:assert/strict";
import { describe, it } from "node:test";

void describe("with node:test's fake timers", () => {
  void it("works if they are enabled first", async ({ mock }) => {
    mock.timers.enable();
    const ensemble = await createTestEnsemble();
    const [session, other] = [await ensemble.openSession(), await ensemble.openSession()];
    await session.create("/mine", null, { mode: "ephemeral" });
    await ensemble.expire(session);
    assert.equal(session.state, "lost");
    assert.equal(await other.exists("/mine"), null);
    ensemble.crash(ensemble.leader() ?? 0);
    await ensemble.advance(10_000);
    assert.notEqual(ensemble.leader(), null);
    mock.timers.tick(3_600_000);
    await ensemble.stop();
  });

  void it("works if they are enabled in between", async ({ mock }) => {
    const ensemble = await createTestEnsemble();
    const opening = ensemble.openSession();
    mock.timers.enable();
    const session = await opening;
    await session.create("/a");
    mock.timers.reset();
    assert.notEqual(await session.exists("/a"), null);
    await ensemble.stop();
  });

  void it("leaves the globals as they were", async () => {
    const names = ["setTimeout", "setInterval", "setImmediate", "queueMicrotask", "Date", "performance"];
    const before = names.map((name) => Reflect.get(globalThis, name));
    const ensemble = await createTestEnsemble();
    assert.deepEqual(
      names.map((name) => Reflect.get(globalThis, name)),
      before,
    );
    await ensemble.stop();
  });
});
