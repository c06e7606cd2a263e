import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createLevelPlace, createLevelStorage } from "@coterie/storage-level";
import { LEVEL_STORE_FORMAT } from "../src/format/store-format.ts";
import { contentsOf } from "./support/damages.ts";
import { createMemoryLevel } from "./support/memory-store.ts";

/** What a store of some format held, and what it has to be found as, for ever. */
interface Fixture {
  readonly format: number;
  readonly records: readonly (readonly [string, string])[];
  readonly expected: {
    readonly found: {
      readonly notes: string;
      readonly base: { readonly zxid: number };
      readonly last: { readonly zxid: number };
    };
    readonly entries: readonly unknown[];
    readonly pages: readonly string[];
  };
}

const folder = new URL("fixtures/", import.meta.url);
const fixtures = readdirSync(folder).map((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Fixture);

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

describe("formats of a database alone that have been published", () => {
  test("the newest one is among them", () => {
    expect(fixtures.map(({ format }) => format)).toContain(LEVEL_STORE_FORMAT);
  });

  test.each(fixtures)("a store of format $format opens, and holds what it held", async ({ records, expected }) => {
    const database = createMemoryLevel();
    for (const [key, value] of records) await database.put(Buffer.from(key, "hex"), Buffer.from(value, "hex"));
    const store = createLevelStorage({ place: createLevelPlace("the fixture", database), durable: false });
    const found = await store.open();
    if (found.kind === "blank") throw new Error("the fixture is blank");
    expect({ ...found, notes: hex(found.notes) }).toEqual(expected.found);
    const reading = await store.read({ after: found.base.zxid, upTo: found.last.zxid }, 2 ** 20);
    const entries = reading.kind === "entries" ? reading.entries : [];
    expect(entries.map((entry) => ({ ...entry, bytes: hex(entry.bytes) }))).toEqual(expected.entries);
    const reader = await store.openCheckpoint();
    expect((await reader!.read(0, 2 ** 20)).map(hex)).toEqual(expected.pages);
    await store.close();
    // Looking at it has changed nothing.
    expect((await contentsOf(database)).map(([key, value]) => [hex(key), hex(value)])).toEqual(records);
  });
});
