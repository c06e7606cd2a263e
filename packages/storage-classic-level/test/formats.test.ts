import { readdirSync, readFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createClassicLevelStorage } from "@coterie/storage-classic-level";
import { STORE_FORMAT } from "@coterie/storage-level";
import { ALL, createLocation, createOlderStorage, entriesAfter, removeLocationsAfterEach } from "./support/stores.ts";

removeLocationsAfterEach();

const folder = new URL("fixtures/", import.meta.url);
const names = readdirSync(folder).filter((name) => name.startsWith("format-"));

test("the newest one is among them", () => {
  expect(names).toContain(`format-${STORE_FORMAT}`);
});

test.each(names)("a store on disk of %s opens, whole and its own", async (name) => {
  const fixture = fileURLToPath(new URL(name, folder));
  const { found: expected } = JSON.parse(readFileSync(`${fixture}/expected.json`, "utf8")) as { found: object };
  const location = await createLocation();
  await cp(fixture, location, { recursive: true });
  const store = createClassicLevelStorage({ location });
  const found = await store.open();
  if (found.kind === "blank") throw new Error("the fixture is blank");
  expect({ ...found, notes: Buffer.from(found.notes).toString("hex") }).toEqual(expected);
  await store.close();
});

test("a store without a journal has one from its next write on, and an older version would be told", async () => {
  const location = await createLocation();
  await cp(fileURLToPath(new URL("format-1", folder)), location, { recursive: true });
  const store = createClassicLevelStorage({ location });
  const found = await store.open();
  if (found.kind === "blank") throw new Error("the fixture is blank");
  const append = entriesAfter(found.last, 2);
  await store.write({ append });
  await store.write({ truncateAfter: append[0]!.zxid });
  await store.close();
  expect(readdirSync(location).sort()).toEqual(["db", "expected.json", "log", "sidecar"]);
  expect(
    await createOlderStorage({ location })
      .open()
      .catch((error: { code: unknown }) => error.code),
  ).toBe("STORE_FORMAT_UNKNOWN");
  expect(await store.open()).toMatchObject({ hardState: found.hardState, faults: [], last: { zxid: append[0]!.zxid } });
  const reading = await store.read({ after: found.base.zxid, upTo: ALL.upTo }, 2 ** 20);
  const zxids = reading.kind === "entries" ? reading.entries.map(({ zxid }) => zxid) : [];
  expect([zxids[0], zxids.at(-1)]).toEqual([expect.any(Number), append[0]!.zxid]);
  expect(await store.purge(found.checkpoint!.zxid)).toEqual(expect.anything());
  await store.close();
});
