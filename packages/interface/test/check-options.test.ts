import { describe, expect, it } from "vitest";
import { checkInteger, checkOptions, shownOf } from "../src/index.ts";

const KINDS = {
  name: "string",
  sizeMax: "number",
  isBig: "boolean",
  place: "object",
  made: "function",
  rest: "any",
} as const;

function refused(message: RegExp): object {
  return expect.objectContaining({ code: "BAD_ARGUMENTS", message: expect.stringMatching(message) }) as object;
}

describe("options", () => {
  it.each<[object]>([
    [{}],
    [{ name: "a", sizeMax: 1, isBig: false, place: {}, made: () => 1, rest: null }],
    [{ name: undefined, other: undefined }],
    [Object.create(null)],
  ])("may be left out, or undefined: %o", (given) => {
    expect(() => checkOptions("it", given, KINDS)).not.toThrow();
  });

  it.each([undefined, null, 5, "x", true, [], () => 1])("have to be an object, not %o", (given) => {
    expect(() => checkOptions("it", given, KINDS)).toThrow(refused(/^the options of it are .*any of name, sizeMax/));
  });

  it.each<[object, RegExp]>([
    [{ name: 5 }, /^name of it is 5, and has to be a string$/],
    [{ sizeMax: "5" }, /^sizeMax of it is "5", and has to be a number$/],
    [{ isBig: "yes" }, /^isBig of it is "yes", and has to be a boolean$/],
    [{ place: null }, /^place of it is null, and has to be an object$/],
    [{ place: [] }, /^place of it is an array/],
    [{ made: true }, /^made of it is true/],
    [{ nmae: "a" }, /^"nmae" is no option of it; there are name, sizeMax, isBig, place, made, rest$/],
    [{ constructor: "a" }, /^"constructor" is no option/],
  ])("have to be known, and of their type: %o", (given, message) => {
    expect(() => checkOptions("it", given, KINDS)).toThrow(refused(message));
  });
});

describe("an integer", () => {
  it("has to be one, in its bounds", () => {
    expect([checkInteger("n", 1, 1, 9), checkInteger("n", 9, 1, 9)]).toEqual([1, 9]);
    for (const value of [0, 10, 1.5, Number.NaN, "5", null]) {
      expect(() => checkInteger("n", value, 1, 9)).toThrow(refused(/^n must be an integer in 1\.\.9, not /));
    }
  });
});

describe("what is shown of a value", () => {
  it("is short, and text has its quotes", () => {
    const shown = ["5", 5, Number.NaN, null, undefined, false, [], {}, () => 1].map(shownOf);
    const words = ["an array", "a value of type object", "a function"];
    expect(shown).toEqual(['"5"', "5", "NaN", "null", "undefined", "false", ...words]);
    expect(shownOf("x".repeat(10_000)).length).toBe(302);
  });
});
