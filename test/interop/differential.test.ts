import * as fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { CoreDriver } from "../core/core-driver.ts";
import { ALICE, BOB, SUPER } from "../model/generator-pools.ts";
import { sequenceArbitrary } from "../model/generator.ts";
import { playSequence, type Step } from "../model/play-sequence.ts";
import { createReferenceTree } from "../model/reference-tree.ts";
import { ALLOWED_DIFFERENCES } from "./compare-observations.ts";
import { describeForeign } from "./describe-foreign.ts";
import { type DifferentialResult, REFERENCE_EXECUTOR, runDifferential } from "./differential.ts";
import { adaptSequence, type Flavour } from "./expressible.ts";
import { createServerPool } from "./server-pool.ts";
import { createZooKeeperDriver } from "./zookeeper-driver.ts";
import { isZooKeeperInstalled } from "./zookeeper-server.ts";

/** `npm run test:differential` sets these. */
const RUNS = Number(process.env["COTERIE_DIFFERENTIAL_RUNS"] ?? 12);
const SEED = Number(process.env["COTERIE_DIFFERENTIAL_SEED"] ?? 20_220_307);
const TIME_PER_RUN_MAX_MS = 5_000;
/** A difference is made smaller for so long, one server a try. */
const SHRINK_TIME_MAX_MS = 30_000;

const CREDENTIALS: ReadonlyMap<string, string> = new Map(
  [ALICE, BOB, SUPER].map(({ user, password, identity }) => [identity.id, `${user}:${password}`]),
);

interface Scenario {
  readonly flavour: Flavour;
  readonly extendedTypesEnabled: boolean;
  readonly enforceQuota: boolean;
  readonly commands: Parameters<typeof adaptSequence>[0];
}

const scenarios: fc.Arbitrary<Scenario> = fc
  .record({
    flavour: fc.constantFrom<Flavour[]>("acls", "exists-watches"),
    extendedTypesEnabled: fc.constantFrom(true, true, true, false),
    enforceQuota: fc.constantFrom(true, true, true, false),
    commands: sequenceArbitrary({ withForeignAcls: false, withStaleSessions: false }),
  })
  .map((scenario): Scenario => {
    const { commands, ...settings } = scenario;
    // The report holds the commands as they ran; fast-check need not print them in full too.
    const text = (): string => `${JSON.stringify(settings)}, ${commands.length} commands`;
    return Object.defineProperty({ ...scenario }, fc.toStringMethod, { value: text, enumerable: false });
  });

const missing = isZooKeeperInstalled() ? undefined : "Debian's zookeeper package is not installed";

describeForeign("core and the reference tree against ZooKeeper 3.8", missing, () => {
  const pool = createServerPool();
  const counts = new Map<string, number>();

  afterAll(async () => {
    await pool.close();
    const lines = [...counts].map(([name, count]) => `${name} ${count}`).sort();
    process.stdout.write(`differential, seed ${SEED}, ${RUNS} runs: ${lines.join(", ")}\n`);
  });

  async function run({ flavour, commands, ...options }: Scenario): Promise<DifferentialResult> {
    const adapted = adaptSequence(commands, flavour);
    const server = await pool.take({ ...options, superDigest: SUPER.identity.id });
    const credential = `${SUPER.user}:${SUPER.password}`;
    try {
      const driver = await createZooKeeperDriver({ ...server, credentials: CREDENTIALS, superCredential: credential });
      const modelOptions = { ...options, aclSchemes: ["digest", "ip"] };
      const tree = createReferenceTree(modelOptions);
      const core = new CoreDriver(modelOptions);
      const expected = [
        { name: "the reference tree", executor: REFERENCE_EXECUTOR },
        { name: "core", executor: { run: ({ command, timing }: Step) => core.run(command, timing) } },
      ];
      const sides = { expected, actual: driver };
      const result = await runDifferential(playSequence(adapted.commands, tree), sides, ALLOWED_DIFFERENCES);
      driver.close();
      for (const [name, count] of [...adapted.adaptations, ...result.allowed, ["steps", result.stepCount] as const]) {
        counts.set(name, (counts.get(name) ?? 0) + count);
      }
      return result;
    } finally {
      await server.stop();
    }
  }

  it(
    "gives equal results, Stats, events and numbers of transactions",
    async () => {
      const property = fc.asyncProperty(scenarios, async (scenario) => {
        const { difference } = await run(scenario);
        expect(difference?.report).toBeUndefined();
      });
      const { failed, counterexamplePath } = await fc.check(property, {
        seed: SEED,
        numRuns: RUNS,
        endOnFailure: true,
      });
      if (!failed) return;
      const path = counterexamplePath ?? "";
      await fc.assert(property, { seed: SEED, path, interruptAfterTimeLimit: SHRINK_TIME_MAX_MS });
      throw new Error("a difference was found and did not come again: the server or the driver is not deterministic");
    },
    SHRINK_TIME_MAX_MS * 2 + RUNS * TIME_PER_RUN_MAX_MS,
  );
});
