import { describe, expect, it } from "vitest";
import type { Call, Operation, Result } from "../history/operation.d.mts";
import { checkHistory } from "./check-history.mjs";

type Told = Extract<Result, { kind: "events" }>["told"];

const CREATE: Call = { kind: "create", path: "/top/a", data: "one", version: -1 };
const SET: Call = { kind: "set", path: "/top/a", data: "two", version: -1 };

/** A writes at 5 and 7; B watches from 4 to 8, and is told this. */
function rules(told: Told, between: Partial<{ after: number; upTo: number; isSetKnown: boolean }> = {}): string[] {
  const { after = 4, upTo = 8, isSetKnown = true } = between;
  const events: Result = { kind: "events", after, upTo, told };
  const operations = [
    done("1", "a", CREATE, { kind: "written", states: [{ zxid: 5, version: 0 }] }, 5),
    isSetKnown
      ? done("2", "a", SET, { kind: "written", states: [{ zxid: 7, version: 1 }] }, 7)
      : { ...done("2", "a", SET, null, 0), outcome: "unknown" as const, endMs: Infinity },
    done("3", "b", { kind: "watch", path: "/top" }, events, 0),
  ];
  const { violations } = checkHistory({ operations, ends: [] });
  return violations.map(({ rule, what }) => `${rule}: ${/was .*/.exec(what)?.[0]}`);
}

function done(id: string, client: string, call: Call, result: Result | null, seen: number): Operation {
  const atMs = Number(id) * 10;
  const times = { begunMs: atMs, endMs: atMs + 1 };
  return { id, client, work: "", session: `0x${client}`, ...times, outcome: "ok", code: null, seen, call, result };
}

const created = ["created", "/top/a", 5] as const;
const changed = ["data-changed", "/top/a", 7] as const;

describe("the check of watches", () => {
  it("passes what was told once, in order; and what may have been a write that was not answered", () => {
    expect(rules([created, changed])).toEqual([]);
    expect(rules([created, changed], { isSetKnown: false })).toEqual([]);
    expect(rules([created], { isSetKnown: false })).toEqual([]);
    expect(rules([changed], { after: 5 })).toEqual([]);
    expect(rules([created], { upTo: 6 })).toEqual([]);
  });

  it.each<[string, Told, string]>([
    ["a change that was not told", [created], "was not told of /top/a at 7 (2), between 4 and 8"],
    ["one that was told twice", [created, changed, changed], "was told data-changed of /top/a at 7 twice"],
    ["two in the wrong order", [changed, created], "was told created of /top/a at 5, behind 7"],
    [
      "one that nobody made",
      [created, ["data-changed", "/top/a", 6], changed],
      "was told data-changed of /top/a at 6, where nobody wrote",
    ],
    [
      "one that was something else",
      [["data-changed", "/top/a", 5], changed],
      "was told data-changed of /top/a at 5, which became version 0 then",
    ],
    [
      "what recursive watches do not tell",
      [created, ["children-changed", "/top", 5], changed],
      "was told children-changed of /top at 5, which a recursive watch does not say",
    ],
  ])("finds %s", (_what, told, found) => {
    expect(rules(told)).toEqual([`watches: ${found}`]);
  });

  it("finds what was told though it was there before", () => {
    expect(rules([created, changed], { after: 5 })).toEqual(["watches: was told created of /top/a at 5, behind 5"]);
  });
});
