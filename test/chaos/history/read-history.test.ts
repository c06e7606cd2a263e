import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readHistory } from "./read-history.mjs";

describe("the history of a run", () => {
  let directory = "";
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "coterie-history-"));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const call = (id: string, atMs: number): string =>
    JSON.stringify({ e: "call", id, client: "a", session: "0x1", work: "w", atMs, call: { kind: "sync" } });

  it("is that of all processes by time, with what a killed one never heard of as unknown", () => {
    const ended = JSON.stringify({ e: "end", id: "b-1", atMs: 3, outcome: "ok", seen: 7, result: null });
    writeFileSync(join(directory, "history-a.jsonl"), `${call("a-1", 2)}\n{"e":"end","id":"a-`);
    writeFileSync(join(directory, "history-b.jsonl"), `${call("b-1", 1)}\n${ended}\n`);
    writeFileSync(join(directory, "faults.jsonl"), `${call("c-1", 0)}\n`);
    const { operations } = readHistory(directory);
    expect(operations.map(({ id, outcome, endMs, seen }) => [id, outcome, endMs, seen])).toEqual([
      ["b-1", "ok", 3, 7],
      ["a-1", "unknown", Infinity, 0],
    ]);
  });

  it("may be longer than what is read at once, wherever that ends", () => {
    const ids = Array.from({ length: 12_000 }, (_, index) => `${"é".repeat(index % 11)}-${index}`);
    const lines = ids.map((id, index) => call(id, index));
    writeFileSync(join(directory, "history-a.jsonl"), lines.join("\n"));
    expect(Buffer.byteLength(lines.join("\n"))).toBeGreaterThan(2 ** 20);
    expect(readHistory(directory).operations.map(({ id }) => id)).toEqual(ids);
  });

  it("has the ends of sessions as their clients were told", () => {
    const end = { e: "session", atMs: 4, session: "0x1", code: "SESSION_EXPIRED" };
    writeFileSync(join(directory, "history-a.jsonl"), `${JSON.stringify(end)}\n`);
    expect(readHistory(directory).ends).toEqual([{ session: "0x1", atMs: 4, code: "SESSION_EXPIRED" }]);
  });
});
