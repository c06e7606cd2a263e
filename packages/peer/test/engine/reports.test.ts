import type { PeerId } from "@coterie/interface";
import { expect, it } from "vitest";
import { ManualClock } from "../../../interface/test/manual-clock.ts";
import { Reports } from "../../src/engine/reports.ts";
import { SILENT_LOGGER } from "../../src/engine/silent-logger.ts";

function create(): { reports: Reports; clock: ManualClock; logged: string[] } {
  const clock = new ManualClock();
  const logged: string[] = [];
  const logger = {
    ...SILENT_LOGGER,
    warn: (details: object, text: string) => logged.push(`${JSON.stringify(details)} ${text}`),
  };
  const others = [
    { id: 2 as PeerId, address: "b:1", isLinked: true, lastError: null },
    { id: 3 as PeerId, address: "c:1", isLinked: false, lastError: "c:1 cannot be reached" },
    { id: 4 as PeerId, address: "d:1", isLinked: false, lastError: null },
  ];
  return { reports: new Reports({ clock, logger, others: () => others }), clock, logged };
}

it("whom a blank peer waits for is said with what is wrong, and once a minute", () => {
  const { reports, clock, logged } = create();
  for (let at = 0; at < 60; at++) {
    reports.add("WAITING_FOR_VOTERS", "waiting for 3, 4");
    clock.advance(999);
  }
  expect(logged).toEqual([
    '{"code":"WAITING_FOR_VOTERS"} waiting for 3, 4; peer 2 at b:1: linked; peer 3 at c:1: c:1 cannot be reached; ' +
      "peer 4 at d:1: not reached yet",
  ]);
  clock.advance(60);
  reports.add("WAITING_FOR_VOTERS", "waiting for 3, 4");
  expect(logged).toHaveLength(2);
});

it("what is new is said at once", () => {
  const { reports, logged } = create();
  reports.add("WAITING_FOR_VOTERS", "waiting for 3, 4");
  reports.add("WAITING_FOR_VOTERS", "waiting for 4");
  reports.add("VOTER_SETS_DIFFER", "peer 2 is configured otherwise");
  reports.add("VOTER_SETS_DIFFER", "peer 3 is configured otherwise");
  expect(logged).toHaveLength(4);
  expect(logged[3]).toContain("give all peers the same ensemble");
});
