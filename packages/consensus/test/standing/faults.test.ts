import {
  type ChainHash,
  createSeededRandom,
  type LogEntry,
  type LogFault,
  type LogPosition,
  type PeerId,
  type Zxid,
} from "@coterie/interface";
import fc from "fast-check";
import { expect, it } from "vitest";
import { Context } from "../../src/context.ts";
import { TIMING_DEDICATED, ZAB_LIMITS_DEFAULT } from "../../src/index.ts";
import { noteFault } from "../../src/standing/faults.ts";
import { plainVoters } from "../support/history.ts";

const position = (zxid: number): LogPosition => ({ zxid: zxid as Zxid, chainHash: zxid as ChainHash });

const ENTRIES = Array.from({ length: 100 }, (_, index): LogEntry => ({
  ...position(index + 1),
  tag: 0,
  bytes: new Uint8Array(0),
}));

function blank(): Context {
  const options = {
    self: 1 as PeerId,
    voters: plainVoters([1]),
    timing: TIMING_DEDICATED,
    limits: ZAB_LIMITS_DEFAULT,
    random: createSeededRandom(1),
  };
  return new Context(options, { log: { kind: "blank" }, applied: 0 as Zxid, config: null });
}

const range = fc
  .tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 1, max: 9 }))
  .map(([after, count]): LogFault => ({ after: position(after), upTo: position(after + count) }));

/** The zxids that `faults` name, one by one. */
function zxidsOf(faults: readonly LogFault[]): number[] {
  return faults.flatMap(({ after, upTo }) =>
    Array.from({ length: upTo.zxid - after.zxid }, (_, index) => after.zxid + 1 + index),
  );
}

it("R4: whatever faults are noted, in whatever order: each entry stands in one of them, and they ascend, apart", () => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 8 }), (faults) => {
      const context = blank();
      context.history.append(ENTRIES);
      for (const fault of faults) noteFault(context, fault);
      const expected = [...new Set(zxidsOf(faults))].sort((one, other) => one - other);
      const noted = context.history.faults;
      expect(zxidsOf(noted)).toEqual(expected);
      expect(noted.every(({ after }, index) => index === 0 || noted[index - 1]!.upTo.zxid < after.zxid)).toBe(true);
    }),
  );
});
