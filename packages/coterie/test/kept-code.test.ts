import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadKeptCode } from "../src/command/kept-code.ts";

const SOURCE = `const { sep } = require("node:path");
exports.answer = () => [1, sep, __dirname.length > 0, module.exports === exports];`;
const FIRST = [1, join("a", "b")[1], true, true];

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coterie-kept-code-"));
  writeFileSync(join(folder, "code.cjs"), SOURCE);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const kept = (): string => join(folder, "code.cache");
const load = (): ReturnType<typeof loadKeptCode> => loadKeptCode(join(folder, "code.cjs"), kept());

/** What it answers, and whether it had to be compiled. */
function start(): [isFromFile: boolean, answer: unknown] {
  const code = load();
  const { answer } = code.run() as { readonly answer: () => unknown };
  return [code.isFromFile, answer()];
}

function keep(): void {
  const code = load();
  code.run();
  code.keep();
}

describe("code that is kept", () => {
  it("is compiled until it is kept, and from then on not", () => {
    expect(start()).toEqual([false, FIRST]);
    expect(readdirSync(folder)).toEqual(["code.cjs"]);
    keep();
    expect(start()).toEqual([true, FIRST]);
    expect(readdirSync(folder)).toEqual(["code.cache", "code.cjs"]);
  });

  it("is compiled anew where another source of the same length stands, which V8 would not notice", () => {
    keep();
    writeFileSync(join(folder, "code.cjs"), SOURCE.replace("[1,", "[2,"));
    expect(start()).toEqual([false, [2, ...FIRST.slice(1)]]);
    keep();
    expect(start()).toEqual([true, [2, ...FIRST.slice(1)]]);
  });

  it.each([
    ["a bit is another", (bytes: Buffer) => bytes.with(bytes.length >> 1, bytes[bytes.length >> 1]! ^ 1)],
    ["the end is missing", (bytes: Buffer) => bytes.subarray(0, -100)],
    ["it is a trailer alone", (bytes: Buffer) => bytes.subarray(-8)],
    ["it is shorter than that", (bytes: Buffer) => bytes.subarray(-3)],
    ["it is empty", () => new Uint8Array()],
    ["it is all zeros", (bytes: Buffer) => new Uint8Array(bytes.length)],
  ])("is compiled where %s in the file, and then kept again", (_, damaged) => {
    keep();
    writeFileSync(kept(), damaged(readFileSync(kept())));
    expect(start()).toEqual([false, FIRST]);
    keep();
    expect(start()).toEqual([true, FIRST]);
  });

  it("runs where nothing can be kept, and leaves nothing behind", () => {
    mkdirSync(kept());
    keep();
    expect(start()).toEqual([false, FIRST]);
    expect(readdirSync(folder)).toEqual(["code.cache", "code.cjs"]);
  });
});
