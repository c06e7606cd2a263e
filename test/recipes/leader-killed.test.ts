import type { Peer } from "@coterie/peer";
import { createTestEnsemble, type TestEnsemble } from "@coterie/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { testRecipes } from "../../packages/recipes/test/suite/index.ts";

// Goal: recipes keep what they promise while leaders die under them, in the middle of whatever is under way.
// Method: the recipes' suite at two observers, which never lead; each leader is killed so many turns after it has begun to serve, at
// other places of a case from one case to the next, and comes back when another one leads.

/** Of the event loop. A commit takes some ten of them. */
const TURNS_BEFORE_KILL = [15, 40, 75, 120, 200, 333];
/** Then the case may end. */
const KILLS_PER_CASE_MAX = 3;
const STEP_MS = 20;

class DyingLeaders {
  readonly ensemble: TestEnsemble;
  kills = 0;
  private killsLeft = 0;
  private turns = 0;
  private cases = 0;
  private driving: Promise<void> = Promise.resolve();
  private isOver = true;

  constructor(ensemble: TestEnsemble) {
    this.ensemble = ensemble;
    for (const peer of ensemble.peers) this.watch(peer);
  }

  begin(): void {
    this.isOver = false;
    this.turns = TURNS_BEFORE_KILL[this.cases++ % TURNS_BEFORE_KILL.length]!;
    this.killsLeft = KILLS_PER_CASE_MAX;
    this.killLater(this.ensemble.leader());
    this.driving = this.drive();
  }

  async end(): Promise<void> {
    this.isOver = true;
    await this.driving;
  }

  private watch(peer: Peer): void {
    peer.on("role", ({ state, isServing }) => {
      if (state === "leading" && isServing && !this.isOver) this.killLater(peer.id);
    });
  }

  private killLater(id: number | null): void {
    let turnsLeft = this.turns;
    const turn = (): void => {
      if (this.isOver || this.killsLeft === 0 || this.ensemble.leader() !== id || id === null) return;
      turnsLeft -= 1;
      if (turnsLeft > 0) return this.ensemble.clock.nextTurn(turn);
      this.killsLeft -= 1;
      this.kills += 1;
      this.ensemble.crash(id);
    };
    turn();
  }

  /** Lets time pass, and brings back those that are down. */
  private async drive(): Promise<void> {
    const { ensemble } = this;
    while (!this.isOver || ensemble.leader() === null) {
      await ensemble.advance(STEP_MS);
      const up = new Set(ensemble.peers.map(({ id }) => id));
      for (const id of [1, 2, 3].filter((voter) => !up.has(voter))) {
        await ensemble.restart(id);
        this.watch(ensemble.peer(id));
      }
    }
  }
}

let leaders: DyingLeaders;
let opened = 0;

describe("with leaders that die", () => {
  beforeAll(async () => {
    leaders = new DyingLeaders(await createTestEnsemble({ observerCount: 2, timing: "dedicated", seed: 3 }));
  });

  afterAll(() => leaders.ensemble.stop());

  beforeEach(() => leaders.begin());

  afterEach(() => leaders.end());

  testRecipes("recipes", { open: () => leaders.ensemble.openSession(4 + (opened++ % 2)) });

  it("has killed some in the middle of most cases", () => {
    expect(leaders.kills).toBeGreaterThan(20);
  });
});
