import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ANY_MODE, PERSISTENT, RECURSIVE, STANDARD, WatchTable } from "../src/watch/watch-table.ts";

/** One watch of one mode: the table as a plain list of them. */
interface Watch {
  readonly path: string;
  readonly watcher: number;
  readonly mode: number;
}

const MODES = [STANDARD, PERSISTENT, RECURSIVE] as const;

class NaiveTable {
  watches: Watch[] = [];

  add(path: string, watcher: number, modes: number): void {
    for (const mode of MODES) {
      if ((modes & mode) !== 0 && !this.has(path, watcher, mode)) this.watches.push({ path, watcher, mode });
    }
  }

  has(path: string, watcher: number, modes: number): boolean {
    return this.watches.some((watch) => watch.path === path && watch.watcher === watcher && (watch.mode & modes) !== 0);
  }

  remove(path: string, watcher: number, modes: number): boolean {
    const had = this.has(path, watcher, modes);
    this.watches = this.watches.filter(
      (one) => !(one.path === path && one.watcher === watcher && (one.mode & modes) !== 0),
    );
    return had;
  }

  drop(watcher: number): void {
    this.watches = this.watches.filter((one) => one.watcher !== watcher);
  }

  trigger(path: string): Set<number> {
    // The empty text is no path, so nothing is below it.
    const isAbove = (above: string): boolean => above === "/" || (above !== "" && path.startsWith(`${above}/`));
    const told = this.watches.filter((one) => one.path === path || (one.mode === RECURSIVE && isAbove(one.path)));
    this.watches = this.watches.filter((one) => !(one.path === path && one.mode === STANDARD));
    return new Set(told.map(({ watcher }) => watcher));
  }
}

const path = fc.constantFrom(
  "/",
  "/a",
  "/a/b",
  "/a/b/c",
  "/ab",
  "/a/bc",
  "/b",
  "/\u0416/x",
  "/\u0416",
  "/__proto__",
  "",
);
const watcher = fc.integer({ min: 1, max: 4 });
const modes = fc.constantFrom(STANDARD, PERSISTENT, RECURSIVE, STANDARD | RECURSIVE, ANY_MODE);
const stepArbitrary = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("add"), path, watcher, modes }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("trigger"), path }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("remove"), path, watcher, modes }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("drop"), watcher }) },
);

describe("a table of watches", () => {
  it("does what a plain list of watches does, and keeps nothing for what is watched no more", () => {
    fc.assert(
      fc.property(fc.array(stepArbitrary, { maxLength: 60, size: "max" }), (steps) => {
        const table = new WatchTable();
        const naive = new NaiveTable();
        for (const step of steps) {
          switch (step.kind) {
            case "add":
              table.add(step.path, step.watcher, step.modes);
              naive.add(step.path, step.watcher, step.modes);
              break;
            case "remove":
              expect(table.remove(step.path, step.watcher, step.modes)).toBe(
                naive.remove(step.path, step.watcher, step.modes),
              );
              break;
            case "drop":
              table.drop(step.watcher);
              naive.drop(step.watcher);
              break;
            case "trigger": {
              if (step.path === "") break;
              const told = table.trigger(step.path);
              const expected = naive.trigger(step.path);
              expect(told).toHaveLength(expected.size);
              expect(new Set(told)).toEqual(expected);
            }
          }
          const paths = new Set(naive.watches.map((one) => one.path));
          const watchers = new Set(naive.watches.map((one) => one.watcher));
          expect([table.pathCount, new Set(table.watchers())]).toEqual([paths.size, watchers]);
          for (const one of watchers) {
            const own = naive.watches.filter((watch) => watch.watcher === one);
            expect(table.countOf(one)).toBe(new Set(own.map((watch) => watch.path)).size);
            for (const { path: at, mode } of own) expect(table.has(at, one, mode)).toBe(true);
          }
        }
      }),
      { numRuns: process.env["COTERIE_TEST_LONG"] === "1" ? 5000 : 200 },
    );
  });

  it("tells in the order of the registrations, each watcher once", () => {
    const table = new WatchTable();
    for (const one of [3, 1, 2]) table.add("/a", one, STANDARD | PERSISTENT);
    table.add("/", 1, RECURSIVE);
    table.add("/", 9, RECURSIVE);
    expect(table.trigger("/a")).toEqual([3, 1, 2, 9]);
    expect(table.trigger("/a")).toEqual([3, 1, 2, 9]);
    expect(table.trigger("/")).toEqual([1, 9]);
  });
});
