import { posix } from "node:path";
import { describe, expect, it } from "vitest";
import { exists, listFiles, readJson, readText } from "./repository.ts";

const documents = listFiles().filter((file) => file.path.endsWith(".md"));

/** The address that a heading gets where Markdown is rendered. */
function slugOf(heading: string): string {
  const words = heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "");
  return words.trim().replaceAll(" ", "-");
}

function slugsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#{1,6} (.+)$/gm)].map((match) => slugOf(match[1] ?? ""));
}

/** The links of `markdown` that lead nowhere inside the repository. Links to other hosts are not followed. */
function brokenLinks(path: string, markdown: string): string[] {
  const prose = markdown.replaceAll(/^```[^]*?^```/gm, "").replaceAll(/`[^`\n]*`/g, "");
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? "");
  return targets.filter((target) => {
    if (/^[a-z]+:/.test(target)) return false;
    const [file = "", fragment] = target.split("#");
    const resolved = file === "" ? path : posix.join(posix.dirname(path), file);
    if (!exists(resolved)) return true;
    return fragment !== undefined && !slugsOf(readText(resolved)).includes(fragment);
  });
}

describe("the documents", () => {
  it.each(documents)("$path has no link that leads nowhere", ({ path, text }) => {
    expect(brokenLinks(path, text)).toEqual([]);
  });

  it("a link to a missing file or heading would be found", () => {
    expect(brokenLinks("README.md", "[a](missing.md) [b](README.md#no-such-heading) [c](package.json)")).toEqual([
      "missing.md",
      "README.md#no-such-heading",
    ]);
  });

  it("name no npm script that does not exist", () => {
    const scripts = Object.keys(readJson("package.json")["scripts"] as object);
    const named = documents.flatMap((file) =>
      [...file.text.matchAll(/npm run ([a-z][a-z:-]*)/g)].map((match) => match[1]),
    );
    expect(named.length).toBeGreaterThan(5);
    expect([...new Set(named)].filter((name) => name !== undefined && !scripts.includes(name))).toEqual([]);
  });

  it("every npm script is explained in CONTRIBUTING.md", () => {
    const guide = readText("CONTRIBUTING.md");
    const scripts = Object.keys(readJson("package.json")["scripts"] as object);
    const command = (name: string): string => (["start", "test"].includes(name) ? `npm ${name}` : `npm run ${name}`);
    expect(scripts.filter((name) => !guide.includes(`\`${command(name)}`))).toEqual([]);
  });
});
