import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parentPathOf } from "../src/path/split-path.ts";
import { hasParentPart, isValidPath } from "../src/path/validate-path.ts";
import { isNameEncoding, PathBytes, readName } from "../src/tree/path-bytes.ts";

/** Semantics 1.1, word by word and without a thought for speed. */
function isValidByTheTable(path: string): boolean {
  if (path === "" || path[0] !== "/") return false;
  if (path === "/") return true;
  if (path.endsWith("/")) return false;
  const names = path.slice(1).split("/");
  if (names.some((name) => name === "" || name === "." || name === "..")) return false;
  const illegal = [
    [0x0000, 0x001f],
    [0x007f, 0x009f],
    [0xd800, 0xf8ff],
    [0xfff0, 0xffff],
  ] as const;
  return Array.from({ length: path.length }, (_, i) => path.charCodeAt(i)).every(
    (unit) => !illegal.some(([first, last]) => unit >= first && unit <= last),
  );
}

describe("a valid path", () => {
  it("has no illegal unit: all 65,536 of them, in every place of a name", () => {
    const wrong: string[] = [];
    for (let unit = 0; unit <= 0xffff; unit++) {
      const character = String.fromCharCode(unit);
      for (const path of [`/${character}`, `/a${character}`, `/${character}a`, `/a/${character}/b`]) {
        if (isValidPath(path) !== isValidByTheTable(path)) wrong.push(path);
      }
    }
    expect(wrong).toEqual([]);
  });

  it.each([
    [0x00, false],
    [0x01, false],
    [0x1f, false],
    [0x20, true],
    [0x7e, true],
    [0x7f, false],
    [0x9f, false],
    [0xa0, true],
    [0xd7ff, true],
    [0xd800, false],
    [0xdfff, false],
    [0xe000, false],
    [0xf8ff, false],
    [0xf900, true],
    [0xffef, true],
    [0xfff0, false],
    [0xfffd, false],
    [0xffff, false],
  ])("at the boundary unit %i is %s", (unit, isValid) => {
    expect(isValidPath(`/a${String.fromCharCode(unit)}b`)).toBe(isValid);
  });

  it("is what the table says, for anything made of what matters", () => {
    const piece = fc.constantFrom("/", "/", ".", "..", "a", "\0", " ", "\ud7ff", "\ud83d\ude00", "b.", ".b", "...");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
        const path = pieces.join("");
        expect([path, isValidPath(path)]).toEqual([path, isValidByTheTable(path)]);
      }),
      { numRuns: 3000 },
    );
  });
});

describe("the parent of a path", () => {
  it("is what stands before the last slash", () => {
    const parents = ["/", "/a", "/a/b", "/a/b/c", "//", "/a/"].map(parentPathOf);
    expect(parents).toEqual(["/", "/", "/a", "/a/b", "/", "/a"]);
  });

  it("is there if there is a slash, and no U+0000", () => {
    const paths = ["", "x", "/", "a/b", "/a", "/a\0", "\0/"];
    expect(paths.map(hasParentPart)).toEqual([false, false, true, true, true, false, false]);
  });
});

describe("paths as bytes", () => {
  const legalText = fc.string({ unit: "grapheme", maxLength: 50 }).filter((text) => !/[\ud800-\udfff]/.test(text));

  it("are standard UTF-8 for every legal text, and read back", () => {
    fc.assert(
      fc.property(legalText, (text) => {
        const writer = new PathBytes();
        const end = writer.write(text);
        expect(Buffer.from(writer.bytes.subarray(0, end)).toString("utf8")).toBe(text);
        expect(readName(writer.bytes, 0, end)).toBe(text);
        expect(isNameEncoding(writer.bytes, 0, end)).toBe(true);
      }),
    );
  });

  it("are appended behind others, whatever the buffer's size", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(legalText, fc.nat({ max: 300 })), { maxLength: 10 }), (parts) => {
        const writer = new PathBytes();
        let end = 0;
        const texts = parts.map(([text, times]) => text.repeat(times));
        for (const text of texts) end = writer.append(text, end);
        expect(readName(writer.bytes, 0, end)).toBe(texts.join(""));
      }),
    );
  });

  it("of a long text do not stay in the way of short ones", () => {
    const writer = new PathBytes();
    const long = "\u0416".repeat(300_000);
    for (const text of [long, long, "/a"]) {
      const end = writer.write(text);
      expect(readName(writer.bytes, 0, end) === text).toBe(true);
    }
    expect(writer.bytes.length).toBeLessThan(1000);
  });

  it("are an encoding only in the one form", () => {
    const forms: readonly (readonly [number[], boolean])[] = [
      [[], true],
      [[0x41], true],
      [[0xc2, 0x80], true],
      [[0xdf, 0xbf], true],
      [[0xe0, 0xa0, 0x80], true],
      [[0xef, 0xbf, 0xbf], true],
      [[0x80], false],
      [[0xc0, 0x80], false],
      [[0xc1, 0xbf], false],
      [[0xc2], false],
      [[0xc2, 0x41], false],
      [[0xc2, 0xc2], false],
      [[0xe0, 0x9f, 0xbf], false],
      [[0xe1, 0x80], false],
      [[0xe1, 0x80, 0x41], false],
      [[0xed, 0x1f, 0xbf], false],
      [[0xf0, 0x90, 0x80, 0x80], false],
      [[0xff], false],
    ];
    expect(
      forms.map(([bytes]) => isNameEncoding(Uint8Array.from([0x80, ...bytes, 0x80]), 1, bytes.length + 1)),
    ).toEqual(forms.map(([, isEncoding]) => isEncoding));
  });

  it("are an encoding exactly if reading and writing gives them back", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom(0xc2, 0xe0, 0xed, 0xef, 0x80, 0xbf, 0xa0), fc.nat({ max: 255 })), {
          maxLength: 6,
        }),
        (list) => {
          const bytes = Uint8Array.from(list);
          if (!isNameEncoding(bytes, 0, bytes.length)) return;
          const writer = new PathBytes();
          const end = writer.write(readName(bytes, 0, bytes.length));
          expect([...writer.bytes.subarray(0, end)]).toEqual(list);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
