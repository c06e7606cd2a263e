import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { ReadRequest } from "../../packages/core/src/index.ts";
import { scenarioArbitrary } from "../model/generator.ts";
import { PLAIN_PATHS } from "../model/generator-pools.ts";
import { dumpState, recordScenario } from "./record-scenario.ts";

const KINDS = ["getData", "exists", "getChildren", "getChildren2", "getACL", "getAllChildrenNumber"] as const;

it("the reads of one turn are answered as one by one, watches included", () => {
  const requests = fc.array(
    fc.record({ kind: fc.constantFrom(...KINDS, "getEphemerals" as const), pick: fc.nat(), watch: fc.boolean() }),
    { maxLength: 100, size: "max" },
  );
  fc.assert(
    fc.property(scenarioArbitrary({ piecesMax: 25 }), requests, (scenario, asked) => {
      const { live } = recordScenario(scenario);
      const [session] = [...live.sessions()];
      const paths = [
        ...dumpState(live).nodes.map(({ path }) => path),
        ...PLAIN_PATHS,
        "",
        "no path",
        `/${"x".repeat(2000)}`,
      ];
      const reads = asked.map(({ kind, pick, watch }): ReadRequest => {
        const path = paths[pick % paths.length]!;
        return kind === "getEphemerals" ? { kind, prefixPath: path } : { kind, path, watch };
      });
      const context = (): Parameters<typeof live.read>[1] => ({
        sessionId: (session?.id ?? 0n) as never,
        identities: [{ scheme: "ip", id: "127.0.0.1" }],
        watcher: live.openWatcher([]),
      });
      const before = live.statistics.watchedPathCount;
      const one = context();
      const expected = reads.map((request) => live.read(request, one));
      const watched = live.statistics.watchedPathCount;
      live.closeWatcher(one.watcher);
      const all = context();
      expect(live.readAll(reads, all)).toEqual(expected);
      expect(live.statistics.watchedPathCount).toBe(watched);
      live.closeWatcher(all.watcher);
      expect(live.statistics.watchedPathCount).toBe(before);
    }),
    { numRuns: 40 },
  );
});
