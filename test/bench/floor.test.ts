import { afterAll, beforeAll, expect, it } from "vitest";
import { generate } from "../../bench/compare/load/generator.mjs";
import { Ensemble } from "../../bench/compare/servers/ensemble.mjs";
import { floor } from "../../bench/compare/servers/floor.mjs";
import { hasCommand } from "../../bench/compare/servers/has-command.mjs";
import { describeForeign } from "../interop/describe-foreign.ts";

const missing = hasCommand("cc") ? undefined : "there is no C compiler";

describeForeign("the floor that rows are compared with", missing, () => {
  let ensemble: Ensemble;

  beforeAll(async () => {
    ensemble = await Ensemble.start(floor, 3);
  });
  afterAll(() => ensemble.end());

  it.for([
    { mode: "ops", op: "mixed", inflight: 10, sessions: 6 },
    { mode: "ops", op: "create", inflight: 10, sessions: 6 },
    { mode: "watch", sessions: 6 },
    { mode: "churn", sessions: 6 },
    { mode: "lock", sessions: 6 },
  ])("answers a load: %o", async (load) => {
    const { operations, errors } = await generate({ ...load, seconds: 60, warmup: 0, count: 60 }, ensemble.addresses);
    expect(operations).toBeGreaterThanOrEqual(60);
    expect(errors).toBe(0);
  });
});
