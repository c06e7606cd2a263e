import type { LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";
import { describe, expect, it } from "vitest";
import { createNameLookup, type ResolveName } from "../src/name-lookup.ts";
import { HeldClock } from "./held-clock.ts";

const ADDRESS: LookupAddress = { address: "192.0.2.1", family: 4 };

interface Asked {
  readonly name: string;
  answer(addresses: readonly LookupAddress[]): void;
  fail(error: Error): void;
}

interface World {
  readonly asked: Asked[];
  readonly answered: string[];
  readonly clock: HeldClock;
  ask(name: string): void;
}

/** Names that are answered when the test says so. */
function world(): World {
  const asked: Asked[] = [];
  const answered: string[] = [];
  const clock = new HeldClock();
  const resolve: ResolveName = (name) =>
    new Promise((answer, fail) => {
      asked.push({ name, answer, fail });
    });
  const lookup: LookupFunction = createNameLookup(resolve, clock);
  const ask = (name: string): void => {
    lookup(name, { all: true }, (error) => answered.push(error === null ? name : `${name}: ${error.code}`));
  };
  return { asked, answered, clock, ask };
}

/** Two turns: a limit in time lets a turn pass before it strikes. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
};
const namesOf = (asked: readonly Asked[]): string[] => asked.map(({ name }) => name);

describe("names", () => {
  it("are asked for two at a time, each once for all who want it", async () => {
    const { asked, answered, ask } = world();
    for (const name of ["a", "b", "c", "a", "c"]) ask(name);
    await settle();
    expect(namesOf(asked)).toEqual(["a", "b"]);
    asked[0]!.answer([ADDRESS]);
    await settle();
    expect(answered).toEqual(["a", "a"]);
    expect(namesOf(asked)).toEqual(["a", "b", "c"]);
  });

  it("that were slow wait for each other, and nobody waits for them", async () => {
    const { asked, answered, ask, clock } = world();
    for (const name of ["dead-1", "dead-2"]) ask(name);
    await settle();
    await clock.advance(5000);
    await settle();
    for (const { fail } of asked.splice(0)) fail(Object.assign(new Error("gone"), { code: "EAI_AGAIN" }));
    await settle();
    expect(answered.splice(0)).toEqual(["dead-1: EAI_AGAIN", "dead-2: EAI_AGAIN"]);
    for (const name of ["dead-1", "dead-2", "live"]) ask(name);
    await settle();
    expect(namesOf(asked)).toEqual(["dead-1", "live"]);
    asked[1]!.answer([ADDRESS]);
    await settle();
    expect(answered).toEqual(["live"]);
    expect(asked).toHaveLength(2);
    // Once it answers in time it is a name like the others.
    asked[0]!.answer([ADDRESS]);
    await settle();
    expect([answered, asked.length]).toEqual([["live", "dead-1"], 3]);
  });

  it("that are dead keep nobody waiting for longer than a second, also when nobody knew them", async () => {
    const { asked, answered, ask, clock } = world();
    for (const name of ["dead-1", "dead-2", "live"]) ask(name);
    await settle();
    await clock.advance(999);
    await settle();
    expect(namesOf(asked)).toEqual(["dead-1", "dead-2"]);
    await clock.advance(1);
    await settle();
    expect(namesOf(asked)).toEqual(["dead-1", "dead-2", "live"]);
    asked[2]!.answer([ADDRESS]);
    await settle();
    // While both of them hang, names that are known to be slow wait, and all others have a place.
    asked[0]!.fail(new Error("gone"));
    await settle();
    for (const name of ["dead-1", "other"]) ask(name);
    await settle();
    expect([answered, namesOf(asked).slice(3)]).toEqual([["live", "dead-1: undefined"], ["other"]]);
  });

  it("that never answer are given up, and asked for anew by who wants them then", async () => {
    const { asked, answered, ask, clock } = world();
    for (const name of ["lost", "lost-too"]) ask(name);
    await settle();
    await clock.advance(29_999);
    await settle();
    expect(answered).toEqual([]);
    await clock.advance(1);
    await settle();
    expect(answered.splice(0)).toEqual(["lost: ETIMEDOUT", "lost-too: ETIMEDOUT"]);
    for (const name of ["lost", "live"]) ask(name);
    await settle();
    expect(namesOf(asked).slice(2)).toEqual(["lost", "live"]);
    // An answer that comes after all is nobody's.
    asked[0]!.answer([ADDRESS]);
    asked[3]!.answer([ADDRESS]);
    await settle();
    expect([answered, clock.timerCount]).toEqual([["live"], 2]);
  });

  it("are not more than a thousand that wait", async () => {
    const { answered, ask } = world();
    for (let name = 0; name < 1003; name++) ask(`name-${name}`);
    await settle();
    expect(answered).toEqual(["name-1002: ENOTFOUND"]);
  });

  it.each<[string, () => unknown]>([
    ["nothing", async () => undefined],
    ["null", async () => null],
    ["text", async () => "192.0.2.1"],
    ["an array of text", async () => ["192.0.2.1"]],
    ["an array of nothing", async () => [null, undefined]],
    ["no IP address", async () => [{ address: "elsewhere", family: 4 }]],
    [
      "an error that is none",
      () => {
        throw "gone" as unknown as Error;
      },
    ],
    [
      "an error at once",
      () => {
        throw new Error("boom");
      },
    ],
  ])("for which a resolver gives %s have no address", async (_, resolve) => {
    const lookup = createNameLookup(resolve as ResolveName, new HeldClock());
    const error = await new Promise<NodeJS.ErrnoException | null>((answer) => {
      lookup("a", { all: true }, answer);
    });
    expect(error).toBeInstanceOf(Error);
    expect(["ENOTFOUND", undefined]).toContain(error?.code);
  });

  it("without an address of the family that is asked for are not found", async () => {
    const lookup = createNameLookup(async () => [ADDRESS], new HeldClock());
    const answerOf = (family: 4 | 6): Promise<unknown> =>
      new Promise((resolve) => {
        lookup("a", { family }, (error, address) => resolve(error?.code ?? address));
      });
    expect([await answerOf(4), await answerOf(6)]).toEqual(["192.0.2.1", "ENOTFOUND"]);
  });
});
