import { expect, it } from "vitest";
import { Ticker } from "../../src/engine/ticker.ts";
import { StallingClock } from "../support/stalling-clock.ts";

const TICK_MS = 20;

/** A peer that does nothing but tick: when it was woken, and for how many ticks. */
function begin(): {
  readonly clock: StallingClock;
  readonly ticker: Ticker;
  readonly woken: [atMs: number, ticks: number][];
  readonly stalls: number[];
} {
  const clock = new StallingClock();
  const startMs = clock.nowMs();
  const woken: [number, number][] = [];
  const stalls: number[] = [];
  const turn = (): void => {
    const nowMs = clock.nowMs();
    const stall = ticker.begin(nowMs);
    if (stall !== null) stalls.push(stall.durationMs);
    woken.push([nowMs - startMs, ticker.take(nowMs)]);
  };
  const ticker: Ticker = new Ticker(clock, TICK_MS, () => clock.nextTurn(turn));
  return { clock, ticker, woken, stalls };
}

it("ticks come one by one, or several at once with a single wake-up, and no fewer of them", () => {
  const { clock, ticker, woken, stalls } = begin();
  clock.advance(2 * TICK_MS);
  expect(woken.splice(0)).toEqual([
    [20, 1],
    [40, 1],
  ]);
  ticker.setTogether(2);
  clock.advance(5 * TICK_MS);
  expect(woken.splice(0)).toEqual([
    // It was set before.
    [60, 2],
    [100, 2],
    [140, 2],
  ]);
  expect(stalls).toEqual([]);
});

it("who has them one by one again gets the next as soon as the first of those was due", () => {
  const { clock, ticker, woken } = begin();
  ticker.setTogether(2);
  clock.advance(TICK_MS + 5);
  woken.length = 0;
  ticker.setTogether(1);
  clock.advance(2 * TICK_MS);
  expect(woken.splice(0)).toEqual([
    [40, 1],
    [60, 1],
  ]);
  ticker.setTogether(2);
  clock.advance(TICK_MS + TICK_MS + 15);
  woken.length = 0;
  ticker.setTogether(1);
  clock.advance(0);
  expect(woken.map(([, ticks]) => ticks)).toEqual([]);
  clock.advance(TICK_MS);
  expect(woken.map(([, ticks]) => ticks)).toEqual([1]);
});

it("the time between ticks that come together is no stall; three more are", () => {
  const { clock, ticker, stalls } = begin();
  ticker.setTogether(2);
  clock.advance(TICK_MS);
  clock.stall(2 * TICK_MS - 1);
  clock.advance(2 * TICK_MS);
  expect(stalls).toEqual([]);
  clock.stall(2 * TICK_MS + 1);
  clock.advance(2 * TICK_MS);
  expect(stalls).toHaveLength(1);
});
