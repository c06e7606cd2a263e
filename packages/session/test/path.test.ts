import { isValidPath } from "@coterie/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { checkPath } from "../src/path/check-path.ts";

function isAccepted(path: string): boolean {
  try {
    checkPath(path);
    return true;
  } catch {
    return false;
  }
}

it("a path is accepted here exactly if the server's own check accepts it", () => {
  const unit = fc.oneof(
    fc.constantFrom("/", ".", "a", "~", "\u0000", "\u001f", "\u007f", "\u009f", "\u00a0", "\ud7ff", "\ud800"),
    fc.constantFrom("\uf8ff", "\uf900", "\uffef", "\ufff0"),
    fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
  );
  const tail = fc.array(unit, { maxLength: 8 }).map((units) => units.join(""));
  const path = fc.oneof(
    tail,
    tail.map((text) => `/${text}`),
  );
  fc.assert(
    fc.property(path, (text) => isAccepted(text) === isValidPath(text)),
    { numRuns: 2_000 },
  );
  for (let code = 0; code <= 0xffff; code++) {
    const text = `/a${String.fromCharCode(code)}b`;
    if (isAccepted(text) !== isValidPath(text)) expect.fail(`U+${code.toString(16)}`);
  }
  expect([isAccepted("/"), isAccepted("/..."), isAccepted("/."), isAccepted("/a/..")]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
