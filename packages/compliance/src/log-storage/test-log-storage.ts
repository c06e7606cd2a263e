import { defineGroups } from "../runner/suite-case.ts";
import type { TestRunner } from "../runner/test-runner.ts";
import { LOG_STORAGE_GROUPS } from "./cases.ts";
import { abilitiesOf, type LogStorageFixture } from "./fixture.ts";
import { LogWorld } from "./world.ts";

/**
 * Proves a LogStorage: defines one test for each rule of the contract, named for its sentence, in the runner whose
 * `describe` and `it` it is given. What the fixture cannot do is not tested, so give it all that you can.
 *
 *     import { describe, it } from "node:test";
 *     testLogStorage({ describe, it }, fixture);
 *
 * Each test has a place of its own; none sleeps, and none depends on another. A few write up to 64 MiB.
 */
export function testLogStorage<Place>(runner: TestRunner, fixture: LogStorageFixture<Place>): void {
  defineGroups(runner, LOG_STORAGE_GROUPS, abilitiesOf(fixture), async (run) => {
    const world = await LogWorld.create(fixture);
    try {
      await run(world);
    } finally {
      await world.remove();
    }
  });
}
