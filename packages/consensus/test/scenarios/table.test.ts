import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../../../../", import.meta.url));
const table = readFileSync(`${here}README.md`, "utf8");
const page = readFileSync(`${root}docs/reference/zab.md`, "utf8");
const scenarios = readdirSync(here)
  .filter((name) => name.endsWith(".test.ts") && name !== "table.test.ts")
  .map((name) => readFileSync(here + name, "utf8"))
  .join("\n");
const titles = [...scenarios.matchAll(/^it\(\s*"([^"]*)"/gm)].map((match) => match[1] ?? "");

interface Row {
  readonly id: string;
  readonly shownBy: string;
}

const rows: Row[] = [...table.matchAll(/^\| (U?\d+) \| ([^|]*) \|/gm)].map(([, id = "", shownBy = ""]) => ({
  id,
  shownBy,
}));

/** The ids in the first column of the tables of 11.1 to 11.3, fix versions and remarks left out. */
function idsOfThePage(): string[] {
  const part = page.slice(page.indexOf("### 11.1"), page.indexOf("### 11.4"));
  return [...part.matchAll(/^\| ([^|]*) \|/gm)].flatMap(([, cell = ""]) =>
    [...cell.replaceAll(/\([^)]*\)/g, "").matchAll(/\bU\d\b|\b\d{3,4}\b/g)].map((match) => match[0]),
  );
}

it("every id of zab.md 11.1 to 11.3 has a row, and each row an id", () => {
  const ids = idsOfThePage();
  expect(ids.length).toBeGreaterThan(100);
  expect(rows.map((row) => row.id).toSorted()).toEqual(ids.toSorted());
});

it("every id that is shown by a scenario is in the title of one", () => {
  const claimed = rows.filter((row) => /\bscenario\b(?! \d)/.test(row.shownBy));
  expect(claimed.length).toBeGreaterThan(50);
  const isShown = ({ id }: Row): boolean => titles.some((title) => new RegExp(`\\b${id}\\b`).test(title));
  expect(claimed.filter((row) => !isShown(row)).map((row) => row.id)).toEqual([]);
});

it("every rule, transcript, mutant and invariant that is named is there", () => {
  const mutants = readdirSync(`${root}test/mutants/table`).map((name) =>
    readFileSync(`${root}test/mutants/table/${name}`, "utf8"),
  );
  const places: Readonly<Record<string, (name: string) => boolean>> = {
    rule: (name) => existsSync(`${here}../rules/${name}.test.ts`),
    transcript: (name) => existsSync(`${here}../transcripts/${name}.txt`),
    mutant: (name) => mutants.some((text) => text.includes(`"${name}"`)),
    invariant: (name) => existsSync(`${root}packages/simulator/src/invariants/${name}.ts`),
  };
  const missing: string[] = [];
  let count = 0;
  for (const [, kind = "", names = ""] of table.matchAll(
    /\b(rule|transcript|mutant|invariant) ((?:`[^`]+`(?:, )?)+)/g,
  )) {
    for (const [, name = ""] of names.matchAll(/`([^`]+)`/g)) {
      count += 1;
      if (places[kind]?.(name) !== true) missing.push(`${kind} ${name}`);
    }
  }
  expect(count).toBeGreaterThan(80);
  expect(missing).toEqual([]);
});
