import { expect, it } from "vitest";
import { FlushTurn } from "../src/stream/flush-turn.ts";
import { HeldClock } from "./held-clock.ts";

it("lets all who ask in a turn write in one callback of the next, in the order in which they asked", async () => {
  const clock = new HeldClock();
  const callbacks: string[][] = [];
  const nextTurn = clock.nextTurn.bind(clock);
  clock.nextTurn = (callback) =>
    nextTurn(() => {
      callbacks.push([]);
      callback();
    });
  const flushes = new FlushTurn(clock);
  const again = { flush: () => void callbacks.at(-1)!.push("again") };
  const first = {
    flush: () => {
      callbacks.at(-1)!.push("first");
      flushes.add(again);
    },
  };
  const second = { flush: () => void callbacks.at(-1)!.push("second") };
  flushes.add(first);
  flushes.add(second);
  expect(callbacks).toEqual([]);
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(callbacks).toEqual([["first", "second"], ["again"]]);
});
