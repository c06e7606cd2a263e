import { describe, expect, it } from "vitest";
import { readAhead } from "../../src/engine/state/read-ahead.ts";

/** Gives `count` pieces, and says what it does. */
async function* pieces(count: number, said: string[], fails = false): AsyncGenerator<number, void> {
  try {
    for (let piece = 1; piece <= count; piece++) {
      said.push(`reads ${piece}`);
      await Promise.resolve();
      yield piece;
    }
    if (fails) throw new Error("unreadable");
  } finally {
    said.push("closes");
  }
}

describe("reading ahead", () => {
  it("gives all in order, with the next one asked for before one is used, and no more than that", async () => {
    const said: string[] = [];
    for await (const piece of readAhead(pieces(3, said))) said.push(`uses ${piece}`);
    expect(said).toEqual(["reads 1", "reads 2", "uses 1", "reads 3", "uses 2", "closes", "uses 3"]);
  });

  it("of nothing is nothing", async () => {
    const said: string[] = [];
    for await (const piece of readAhead(pieces(0, said))) said.push(`uses ${piece}`);
    expect(said).toEqual(["closes"]);
  });

  it("tells what fails behind what could be read", async () => {
    const used: number[] = [];
    const use = async (): Promise<void> => {
      for await (const piece of readAhead(pieces(2, [], true))) used.push(piece);
    };
    await expect(use()).rejects.toThrow("unreadable");
    expect(used).toEqual([1, 2]);
  });

  it.each([false, true])(
    "ends with who uses it: nothing is under way afterwards, also if that fails: %s",
    async (fails) => {
      const said: string[] = [];
      for await (const piece of readAhead(pieces(fails ? 1 : 3, said, fails))) {
        said.push(`uses ${piece}`);
        break;
      }
      expect(said.at(-1)).toBe(fails ? "uses 1" : "closes");
      expect(said).toContain("closes");
      expect(said).not.toContain("reads 3");
    },
  );
});
