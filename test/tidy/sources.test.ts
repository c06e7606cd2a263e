import { describe, expect, it } from "vitest";
import { listFiles } from "./repository.ts";

const LINES_MAX = 400;
const TEST_LINES_MAX = 600;

const files = listFiles();
const code = files.filter((file) => /\.(?:ts|mts|mjs|js)$/.test(file.path));

// Written in pieces, so that this file does not hold what it looks for.
const glue = (...pieces: readonly string[]): string => pieces.join("");
const LEFTOVER_WORDS = [glue("TO", "DO"), glue("FIX", "ME"), glue("XX", "X"), glue("not imple", "mented")];
const LEFTOVER = new RegExp(`\\b(?:${LEFTOVER_WORDS.join("|")})\\b`);
const FOCUSED = new RegExp(glue("\\b(?:it|test|describe|suite)\\.(?:sk", "ip|on", "ly|to", "do)\\b"));
const MACHINE_FOLDERS = ["work", "farm", "tmp", "root", "Users", "home/[a-z]+"];
const MACHINE_PATH = new RegExp(`(?:^|[^\\w.@$}-])(?:/(?:${MACHINE_FOLDERS.join("|")})/|[A-Z]:\\\\Users)`);
const REGISTRY_HOST = new RegExp(glue("registry\\.(?:npm|yarn)[a-z]*\\.|npm\\.pkg\\.|npm", "mirror"));

function linesWith(pattern: RegExp, among: typeof files): string[] {
  return among.flatMap((file) =>
    file.text
      .split("\n")
      .flatMap((line, index) => (pattern.test(line) ? [`${file.path}:${index + 1}: ${line.trim()}`] : [])),
  );
}

describe("no tracked file", () => {
  it("holds a mark of unfinished work", () => {
    expect(linesWith(LEFTOVER, files)).toEqual([]);
  });

  it("focuses, skips or postpones a test", () => {
    expect(linesWith(FOCUSED, code)).toEqual([]);
  });

  it("names a path of one machine", () => {
    expect(linesWith(MACHINE_PATH, files)).toEqual([]);
  });

  it("names a registry, the lockfile included", () => {
    expect(linesWith(REGISTRY_HOST, files)).toEqual([]);
    expect(
      linesWith(
        /^\s+(?:resolution:.*tarball|registry)\b/,
        files.filter((file) => file.path.endsWith("lock.yaml")),
      ),
    ).toEqual([]);
  });

  it("is longer than a reader can hold", () => {
    const limit = (path: string): number => (path.includes("test/") ? TEST_LINES_MAX : LINES_MAX);
    const lengths = code.map((file) => ({ path: file.path, lines: file.text.split("\n").length - 1 }));
    expect(lengths.filter(({ path, lines }) => lines > limit(path))).toEqual([]);
  });
});

// Each search must be able to find something.
describe("the searches", () => {
  const found = (pattern: RegExp, text: string): number => linesWith(pattern, [{ path: "a.ts", text }]).length;

  it("see what they look for", () => {
    expect(found(LEFTOVER, glue("// TO", "DO: later"))).toBe(1);
    expect(found(FOCUSED, glue("describe.sk", 'ip("a", b);'))).toBe(1);
    expect(found(MACHINE_PATH, glue('open("/wo', 'rk/main/a")'))).toBe(1);
    expect(found(MACHINE_PATH, glue("see /ho", "me/someone/notes"))).toBe(1);
    expect(found(REGISTRY_HOST, glue("https://registry.npm", "js.org/a"))).toBe(1);
  });

  it("see no more than that", () => {
    expect(found(FOCUSED, "describe.skipIf(reason !== undefined)(name, suite);")).toBe(0);
    expect(found(MACHINE_PATH, "/zookeeper/quota/app/work /usr/share/java ./tmp/")).toBe(0);
    expect(code.length).toBeGreaterThan(20);
  });
});
