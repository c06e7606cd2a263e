import { describe, expect, it } from "vitest";
import { listFolders, packageNames, readJson, readText, sourcesOf } from "./repository.ts";
import { ROOMS } from "./rooms.ts";
import { importsOf, packageOf } from "./syntax.ts";

type Versions = Readonly<Record<string, string>>;

const SCOPE = "@coterie/";

/** The name that the table uses: ours by their folder, others as they are. */
function tableName(dependency: string): string {
  return dependency.startsWith(SCOPE) ? dependency.slice(SCOPE.length) : dependency;
}

function declaredBy(folder: string): Versions {
  const manifest = readJson(`${folder}/package.json`);
  return {
    ...(manifest["dependencies"] as Versions | undefined),
    ...(manifest["optionalDependencies"] as Versions | undefined),
    ...(manifest["peerDependencies"] as Versions | undefined),
  };
}

function referencesOf(tsconfig: string): string[] {
  return (readJson(tsconfig)["references"] as { path: string }[]).map((reference) => reference.path).sort();
}

describe("the dependency table", () => {
  it("has a row for every package", () => {
    const names = ROOMS.map((room) => room.name);
    expect(packageNames.filter((name) => !names.includes(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  it("only points upwards, so that there is no cycle", () => {
    const names = ROOMS.map((room) => room.name);
    ROOMS.forEach((room, row) => {
      const ours = room.mayImport.filter((name) => names.includes(name));
      expect(ours.filter((name) => names.indexOf(name) >= row)).toEqual([]);
    });
  });

  it("stands in ARCHITECTURE.md as it is here", () => {
    const rows = readText("ARCHITECTURE.md").matchAll(
      /^\| `([a-z-]+)`( \[pure\])?( \[private\])? \|[^|]*\|([^|]*)\|$/gm,
    );
    const printed = [...rows].map(([, name, pure, isPrivate, cell = ""]) => ({
      name,
      pure: pure !== undefined,
      private: isPrivate !== undefined,
      mayImport: [...cell.matchAll(/`([a-z-]+)`/g)].map((match) => match[1]),
    }));
    expect(printed).toEqual(ROOMS);
  });
});

describe.each(packageNames)("%s", (name) => {
  const folder = `packages/${name}`;
  const declared = declaredBy(folder);
  const mayImport = ROOMS.find((room) => room.name === name)?.mayImport ?? [];

  it("declares no dependency that the table does not allow", () => {
    const names = Object.keys(declared).map(tableName);
    expect(names.filter((dependency) => !mayImport.includes(dependency))).toEqual([]);
  });

  it("declares exactly what its sources import", () => {
    const imported = sourcesOf(name).flatMap((file) => importsOf(file.text).map(packageOf));
    const foreign = imported.filter((source): source is string => source !== undefined && !source.startsWith("node:"));
    expect([...new Set(foreign)].sort()).toEqual(Object.keys(declared).sort());
  });

  it("takes its siblings from the workspace", () => {
    const siblings = Object.entries(declared).filter(([dependency]) => dependency.startsWith(SCOPE));
    expect(siblings.filter(([, version]) => version !== "workspace:*")).toEqual([]);
  });

  it("refers to the same siblings in tsconfig.json", () => {
    const siblings = Object.keys(declared).filter((dependency) => dependency.startsWith(SCOPE));
    const expected = siblings.map((dependency) => `../${tableName(dependency)}`).sort();
    expect(referencesOf(`${folder}/tsconfig.json`)).toEqual(expected);
  });

  it("leaves development tools to the root", () => {
    expect(readJson(`${folder}/package.json`)).not.toHaveProperty("devDependencies");
  });

  it("has each third-party dependency explained in docs/dependencies.md", () => {
    const explained = readText("docs/dependencies.md");
    const foreign = Object.keys(declared).filter((dependency) => !dependency.startsWith(SCOPE));
    expect(foreign.filter((dependency) => !explained.includes(`\`${dependency}\``))).toEqual([]);
  });
});

it("coterie loads nothing that is for tests, but under the subpath of that name", () => {
  const isForTests = (source: string): boolean => source === "@coterie/testing" || source.endsWith("/testing.ts");
  const files = sourcesOf("coterie").filter(({ text }) => importsOf(text).some(isForTests));
  expect(files.map(({ path }) => path)).toEqual(["packages/coterie/src/testing.ts"]);
});

describe("the root", () => {
  it("builds every package", () => {
    expect(referencesOf("tsconfig.build.json")).toEqual(packageNames.map((name) => `packages/${name}`));
  });

  it("checks the examples after the packages that these use", () => {
    const folders = listFolders("examples").map((name) => `examples/${name}`);
    const declared = folders.flatMap((folder) => Object.keys(declaredBy(folder)));
    const used = new Set(declared.filter((dependency) => dependency.startsWith(SCOPE)).map(tableName));
    const references = referencesOf("tsconfig.scripts.json");
    expect([...used].filter((name) => !references.includes(`packages/${name}`))).toEqual([]);
    expect(used.size).toBeGreaterThan(0);
  });

  it("has no run-time dependency, and each development tool explained in docs/dependencies.md", () => {
    const manifest = readJson("package.json");
    const explained = readText("docs/dependencies.md");
    const tools = Object.entries(manifest["devDependencies"] as Versions);
    expect(manifest).not.toHaveProperty("dependencies");
    expect(tools.filter(([tool]) => !explained.includes(`\`${tool}\``))).toEqual([]);
    expect(tools.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });
});

// The comparison rests on finding every import; each of these forms has to be seen.
describe("the import scan", () => {
  it.each([
    'import { a } from "x";',
    'import type { A } from "x";',
    'import "x";',
    'import * as all from "x/sub";',
    'export { a } from "x";',
    'export * from "x";',
    'export const load = (): unknown => import("x");',
    'export type A = import("x").A;',
  ])("sees %s", (code) => {
    expect(importsOf(code).map(packageOf)).toEqual(["x"]);
  });

  it("tells packages from files", () => {
    expect(packageOf("./a.ts")).toBeUndefined();
    expect(packageOf("@coterie/core/sub")).toBe("@coterie/core");
    expect(importsOf('const text = "import x from y";')).toEqual([]);
  });
});
