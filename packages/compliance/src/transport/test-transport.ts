import { defineGroups } from "../runner/suite-case.ts";
import type { TestRunner } from "../runner/test-runner.ts";
import { TRANSPORT_GROUPS } from "./cases/index.ts";
import { abilitiesOf, type TransportFixture, type TransportSite } from "./fixture.ts";
import { TransportWorld } from "./world.ts";

/**
 * Proves a Transport: hands the runner one test for each rule of the contract that can be seen from outside, named for
 * its sentence. Which ones, `supports` and the optional parts of the fixture decide.
 *
 * Call it inside a `describe` of your own. Each case makes a site and removes it; cases do not depend on their order and
 * may not run at the same time only if sites get in each other's way. Nothing sleeps: a case waits turn by turn for what
 * has to happen, `waitMaxMs` at most, each time. A runner's own limit is best longer, or it hides what was waited for
 * (mocha has 2 s).
 */
export function testTransport<Site extends TransportSite>(runner: TestRunner, fixture: TransportFixture<Site>): void {
  // A world only hands sites back to the fixture that made them.
  const given = fixture as unknown as TransportFixture;
  defineGroups(runner, TRANSPORT_GROUPS, abilitiesOf(fixture), async (run) => {
    const world = await TransportWorld.create(given);
    try {
      await run(world);
    } finally {
      await world.remove();
    }
  });
}
