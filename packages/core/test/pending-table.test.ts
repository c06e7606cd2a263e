import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Hashed, PendingTable } from "../src/prepare/pending-table.ts";

/** Few hashes, close to each other and around the end of the table, so that entries meet and wrap around. */
const hash = fc.constantFrom(0, 1, 2, 62, 63, 64, 127, -1, -2, 0x7fffffff, -0x80000000);
const stepArbitrary = fc.record({
  kind: fc.constantFrom("set", "set", "set", "replace", "delete", "deleteOther", "clear"),
  hash,
  name: fc.nat({ max: 40 }),
});

describe("the table of what is pending", () => {
  it("finds what a Map finds, with few distinct hashes, while it grows and shrinks", () => {
    let mostEntries = 0;
    fc.assert(
      fc.property(fc.array(stepArbitrary, { maxLength: 600, size: "max" }), (steps) => {
        const table = new PendingTable<Hashed>();
        const model = new Map<string, Hashed>();
        for (const { kind, hash: of, name } of steps) {
          // A path has one hash.
          const path = `/${of}/${name}`;
          const known = model.get(path);
          if (kind === "clear" && name === 0) {
            table.clear();
            model.clear();
          } else if (kind === "set" || kind === "replace") {
            const entry = { path, hash: of };
            table.set(entry);
            model.set(path, entry);
          } else if (kind === "delete" && known !== undefined) {
            table.delete(known);
            model.delete(path);
          } else if (kind === "deleteOther") {
            table.delete({ path, hash: of });
          }
          expect(table.size).toBe(model.size);
          expect(table.get(path, of)).toBe(model.get(path));
          mostEntries = Math.max(mostEntries, model.size);
        }
        for (const [path, entry] of model) expect(table.get(path, entry.hash)).toBe(entry);
        for (const entry of model.values()) table.delete(entry);
        expect(table.size).toBe(0);
      }),
      { numRuns: 200 },
    );
    // It has grown at least twice.
    expect(mostEntries).toBeGreaterThan(64);
  });
});
