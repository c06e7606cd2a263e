import { describe, expect, it } from "vitest";
import { exploreWithin } from "./explore.mjs";

/** Everything that can happen, in every order: `npm run exhaustive` goes on for as long as one lets it. */
describe("three peers that serve", () => {
  it("agree on two txns in every order of frames and writes", () => {
    const { failure, isComplete, states } = exploreWithin({ txns: 2 });
    expect(failure).toBeNull();
    expect(isComplete).toBe(true);
    expect(states).toBeGreaterThan(1000);
  });

  it("agree on two txns although any one of them crashes at any time", () => {
    const { failure, isComplete, states } = exploreWithin({ txns: 2, crashes: 1 });
    expect(failure).toBeNull();
    expect(isComplete).toBe(true);
    expect(states).toBeGreaterThan(20_000);
  });

  it("agree with crashes, a restart, ticks and lost links, as far as the bound goes", () => {
    const budgets = { txns: 2, crashes: 2, restarts: 1, ticks: 1, reconnects: 1 };
    const { failure, states } = exploreWithin(budgets, { statesMax: 20_000 });
    expect(failure).toBeNull();
    expect(states).toBe(20_000);
  });
});

describe("three blank peers", () => {
  it("found one cluster, as far as the bound goes", () => {
    const { failure, states } = exploreWithin({ txns: 1, crashes: 1, restarts: 1 }, { statesMax: 20_000 }, true);
    expect(failure).toBeNull();
    expect(states).toBe(20_000);
  });
});
