import { describe, expect, it } from "vitest";
import { impuritiesOf } from "./purity.ts";
import { packageNames, readJson, sourcesOf } from "./repository.ts";
import { ROOMS } from "./rooms.ts";

const purePackages = ROOMS.filter((room) => room.pure && packageNames.includes(room.name)).map((room) => room.name);

describe("a [pure] package", () => {
  it.each(purePackages)("%s holds no clock, randomness, timer, promise, I/O or module state", (name) => {
    const sources = sourcesOf(name);
    expect(sources).not.toEqual([]);
    const options = { allowsPromiseTypes: name === "interface" };
    expect(sources.flatMap((file) => impuritiesOf(file.text, options).map((what) => `${file.path}:${what}`))).toEqual(
      [],
    );
  });

  it.each(purePackages)("%s compiles with no ambient types", (name) => {
    const base = readJson("tsconfig.base.json")["compilerOptions"] as Record<string, unknown>;
    const own = readJson(`packages/${name}/tsconfig.json`);
    const options = { ...base, ...(own["compilerOptions"] as Record<string, unknown>) };
    expect(own["extends"]).toBe("../../tsconfig.base.json");
    expect(options).toMatchObject({ types: [], lib: ["es2023"], skipLibCheck: false });
  });

  it("is one that oxlint's bans name too", () => {
    const overrides = readJson(".oxlintrc.json")["overrides"] as { files: string[]; rules: object }[];
    const banned = overrides.filter((override) => "no-restricted-globals" in override.rules);
    const names = ROOMS.filter((room) => room.pure).map((room) => room.name);
    expect(banned.map((override) => override.files)).toEqual([[`packages/{${names.join(",")}}/src/**`]]);
  });
});

// The scan must be able to fail: each of these breaks purity in one way.
describe("the purity scan", () => {
  it.each([
    ["Date", "export const now = (): number => Date.now();"],
    ["Date", "export type Clock = () => Date;"],
    ["Math.random", "export const roll = (): number => Math.random();"],
    ["Math.random", "export const roll = (): number => Math['random']();"],
    ["Math.random", "const { random } = Math; export const roll = random;"],
    ["performance", "export const now = (): number => performance.now();"],
    ["setTimeout", "export function later(f: () => void): void { setTimeout(f, 1); }"],
    ["queueMicrotask", "export const later = queueMicrotask;"],
    ["Promise", "export type Reply = Promise<number>;"],
    ["async", "export const f = async (): Promise<void> => {};"],
    ["async", "export class A { async f(): Promise<void> {} }"],
    ["await", "export async function f(): Promise<void> { await g(); }"],
    ["await", "await g();"],
    ["import()", "export const load = (): unknown => import('./a.ts');"],
    ["process", "export const home = process.env['HOME'];"],
    ["Buffer", "export const empty = Buffer.alloc(0);"],
    ["console", "console.log(1);"],
    ["globalThis", "export const g = globalThis;"],
    ["globalThis", "export const all = { globalThis };"],
    ["fetch", "export const f = (): unknown => fetch('x');"],
    ["import of node:fs", "import { readFileSync } from 'node:fs'; export const r = readFileSync;"],
    ["import of node:fs", "export { readFileSync } from 'node:fs';"],
    ["import of lodash", "import type { Lodash } from 'lodash'; export type L = Lodash;"],
    ["a module variable that can be assigned", "let count = 0; export const next = (): number => ++count;"],
    ["a module variable that can be assigned", "export let count = 0;"],
    ["a module collection that is not read-only by its type", "const cache = new Map<string, number>();"],
    ["a module collection that is not read-only by its type", "export const seen: Set<string> = new Set();"],
  ])("finds %s in %j", (what, code) => {
    expect(impuritiesOf(code)).toContain(`1: ${what}`);
  });

  it("lets the seams name promises as types, and nothing more", () => {
    const options = { allowsPromiseTypes: true };
    expect(impuritiesOf("export interface Store { open(): Promise<void> }", options)).toEqual([]);
    expect(impuritiesOf("export const done = Promise.resolve();", options)).toEqual(["1: Promise"]);
    expect(impuritiesOf("export const f = async (): Promise<void> => {};", options)).toEqual(["1: async"]);
  });

  it("leaves what only looks like it", () => {
    const code = `
      import type { Zxid } from "@coterie/interface";
      import { assert } from "./assert.ts";
      export interface Timed { readonly Date: number; setTimeout(ms: number): void }
      export const max = (timed: Timed): number => { let most = Math.max(1, 2); most += timed.Date; return most; };
      const NAMES: ReadonlySet<string> = new Set(["a"]);
      export const isName = (name: string): boolean => NAMES.has(name) && new Map([[name, 1]]).size === 1;
      export const text = "console.log(Date.now())"; // Buffer, process
      export const zxid = (value: number): Zxid => { assert(value > 0, "Promise"); return value as Zxid; };
    `;
    expect(impuritiesOf(code)).toEqual([]);
  });
});
