import type { LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";
import { describe, expect, it } from "vitest";
import { createNameLookup, type ResolveName } from "../src/name-lookup.ts";

const ADDRESS: LookupAddress = { address: "192.0.2.1", family: 4 };

interface Asked {
  readonly name: string;
  answer(addresses: readonly LookupAddress[]): void;
  fail(error: Error): void;
}

/** Names that are answered when the test says so. */
function world(): { asked: Asked[]; answered: string[]; ask: (name: string) => void; pass: (ms: number) => void } {
  const asked: Asked[] = [];
  const answered: string[] = [];
  let nowMs = 0;
  const resolve: ResolveName = (name) =>
    new Promise((answer, fail) => {
      asked.push({ name, answer, fail });
    });
  const lookup: LookupFunction = createNameLookup(resolve, () => nowMs);
  const ask = (name: string): void => {
    lookup(name, { all: true }, (error) => answered.push(error === null ? name : `${name}: ${error.code}`));
  };
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { asked, answered, ask, pass };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("names", () => {
  it("are asked for two at a time, each once for all who want it", async () => {
    const { asked, answered, ask } = world();
    for (const name of ["a", "b", "c", "a", "c"]) ask(name);
    await settle();
    expect(asked.map(({ name }) => name)).toEqual(["a", "b"]);
    asked[0]!.answer([ADDRESS]);
    await settle();
    expect(answered).toEqual(["a", "a"]);
    expect(asked.map(({ name }) => name)).toEqual(["a", "b", "c"]);
  });

  it("that were slow wait for each other, and nobody waits for them", async () => {
    const { asked, answered, ask, pass } = world();
    for (const name of ["dead-1", "dead-2"]) ask(name);
    await settle();
    pass(5000);
    for (const { fail } of asked.splice(0)) fail(Object.assign(new Error("gone"), { code: "EAI_AGAIN" }));
    await settle();
    expect(answered.splice(0)).toEqual(["dead-1: EAI_AGAIN", "dead-2: EAI_AGAIN"]);
    for (const name of ["dead-1", "dead-2", "live"]) ask(name);
    await settle();
    expect(asked.map(({ name }) => name)).toEqual(["dead-1", "live"]);
    asked[1]!.answer([ADDRESS]);
    await settle();
    expect(answered).toEqual(["live"]);
    expect(asked).toHaveLength(2);
    // Once it answers in time it is a name like the others.
    asked[0]!.answer([ADDRESS]);
    await settle();
    expect([answered, asked.length]).toEqual([["live", "dead-1"], 3]);
  });

  it("without an address of the family that is asked for are not found", async () => {
    const lookup = createNameLookup(
      async () => [ADDRESS],
      () => 0,
    );
    const answerOf = (family: 4 | 6): Promise<unknown> =>
      new Promise((resolve) => {
        lookup("a", { family }, (error, address) => resolve(error?.code ?? address));
      });
    expect([await answerOf(4), await answerOf(6)]).toEqual(["192.0.2.1", "ENOTFOUND"]);
  });
});
