import { readdirSync, readFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createClassicLevelStorage } from "@coterie/storage-classic-level";
import { createLocation, removeLocationsAfterEach } from "./support/stores.ts";

removeLocationsAfterEach();

const folder = new URL("fixtures/", import.meta.url);
const names = readdirSync(folder).filter((name) => name.startsWith("format-"));

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
