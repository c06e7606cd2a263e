import { describe, expect, it } from "vitest";
import { exists, packageNames, readJson } from "./repository.ts";
import { ROOMS } from "./rooms.ts";

const rootManifest = readJson("package.json");

describe.each(packageNames)("the manifest of %s", (name) => {
  const manifest = readJson(`packages/${name}/package.json`);

  it("says what a reader of the registry needs", () => {
    expect(manifest["name"]).toBe(name === "coterie" ? name : `@coterie/${name}`);
    expect(manifest["description"]).toMatch(/^\S.{20,}\S$/);
    expect(manifest["version"]).toMatch(/^\d+\.\d+\.\d+$/);
    expect(manifest["private"] === true).toBe(ROOMS.some((room) => room.name === name && room.private));
  });

  it("agrees with the root on license, engines and module type", () => {
    for (const key of ["license", "engines", "type"]) expect(manifest[key]).toEqual(rootManifest[key]);
  });

  it("publishes the build and the sources that its maps point to, and nothing that a build or a run keeps there", () => {
    const kept = ["!dist/.tsbuildinfo", ...(name === "coterie" ? ["!dist/bundle/*.cache"] : [])];
    expect(manifest["files"]).toEqual(["dist", ...kept, "src"]);
    expect(manifest["sideEffects"]).toBe(false);
  });

  it("exports compiled files that each stand for a source", () => {
    const exported = Object.entries(manifest["exports"] as Record<string, unknown>);
    expect(exported.length).toBeGreaterThan(1);
    for (const [subpath, target] of exported) {
      if (subpath === "./package.json") continue;
      const { default: file, types } = target as { default: string; types: string };
      expect(types).toBe(file.replace(/\.js$/, ".d.ts"));
      expect(exists(`packages/${name}/${file.replace("./dist/", "src/").replace(/\.js$/, ".ts")}`)).toBe(true);
    }
  });
});

it("all packages have one version", () => {
  const versions = packageNames.map((name) => readJson(`packages/${name}/package.json`)["version"]);
  expect(new Set(versions).size).toBe(1);
});
