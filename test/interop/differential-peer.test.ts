import { createZxid } from "@coterie/interface";
import { createPeer } from "@coterie/peer";
import { createMemoryLevelStorage } from "@coterie/storage-memory-level";
import { createTcpTransport } from "@coterie/transport-tcp";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { Command } from "../model/command.ts";
import { ALICE, BOB, SUPER } from "../model/generator-pools.ts";
import { sequenceArbitrary } from "../model/generator.ts";
import { playSequence } from "../model/play-sequence.ts";
import { createReferenceTree } from "../model/reference-tree.ts";
import { type DifferentialResult, REFERENCE_EXECUTOR, runDifferential } from "./differential.ts";
import { adaptSequence, type Flavour } from "./expressible.ts";
import { createZooKeeperDriver } from "./zookeeper-driver.ts";

// Goal: a whole peer, from its port for ZooKeeper clients through consensus and store to the tree, does what the reference does.
// Method: the driver that speaks to a real server speaks to a peer of one voter instead. No difference is allowed.

/** `npm run test:differential` sets these. */
const RUNS = Number(process.env["COTERIE_DIFFERENTIAL_RUNS"] ?? 10);
const SEED = Number(process.env["COTERIE_DIFFERENTIAL_SEED"] ?? 20_261_123);
const TIME_PER_RUN_MAX_MS = 10_000;
const HOST = "127.0.0.1";
const CONFIG = "/zookeeper/config";

const CREDENTIALS: ReadonlyMap<string, string> = new Map(
  [ALICE, BOB, SUPER].map(({ user, password, identity }) => [identity.id, `${user}:${password}`]),
);

interface Scenario {
  readonly flavour: Flavour;
  readonly extendedTypesEnabled: boolean;
  readonly enforceQuota: boolean;
  readonly commands: readonly Command[];
}

const scenarios: fc.Arbitrary<Scenario> = fc.record({
  flavour: fc.constantFrom<Flavour[]>("acls", "exists-watches"),
  extendedTypesEnabled: fc.boolean(),
  enforceQuota: fc.boolean(),
  commands: sequenceArbitrary({ withForeignAcls: false, withStaleSessions: false }),
});

/**
 * What the reference cannot know: what an ensemble of one says of itself, and when its leader reaps, which it does each second by its
 * own clock. Containers and TTL nodes are compared where time stands still, over a fake engine in packages/peer.
 */
function isUnknowable(command: Command): boolean {
  const text = JSON.stringify(command);
  return [CONFIG, "createContainer", "createTTL"].some((word) => text.includes(`"${word}"`));
}

async function run({ flavour, commands, ...options }: Scenario): Promise<DifferentialResult> {
  const superDigest = SUPER.identity.id;
  await using peer = createPeer({
    id: 1,
    ensemble: { 1: "a:1" },
    storage: createMemoryLevelStorage(),
    superDigest,
    ...options,
  });
  await peer.start();
  await peer.ready();
  const { address } = await peer.listen({ transport: createTcpTransport(), address: `${HOST}:0` });
  const driver = await createZooKeeperDriver({
    host: HOST,
    port: Number(address.split(":").at(-1)),
    credentials: CREDENTIALS,
    superCredential: `${SUPER.user}:${SUPER.password}`,
    firstZxid: createZxid(1, 1),
    attachmentsTakeZxids: true,
  });
  try {
    const tree = createReferenceTree({ ...options, aclSchemes: ["digest", "ip"], filtersReplay: true });
    const adapted = adaptSequence(commands, flavour).commands.filter((command) => !isUnknowable(command));
    const expected = [{ name: "the reference tree", executor: REFERENCE_EXECUTOR }];
    return await runDifferential(playSequence(adapted, tree), { expected, actual: driver }, []);
  } finally {
    driver.close();
  }
}

it(
  "a peer gives the replies, Stats, events and numbers of transactions that the reference gives",
  async () => {
    let stepCount = 0;
    const property = fc.asyncProperty(scenarios, async (scenario) => {
      const result = await run(scenario);
      stepCount += result.stepCount;
      expect(result.difference?.report).toBeUndefined();
    });
    await fc.assert(property, { seed: SEED, numRuns: RUNS, endOnFailure: true });
    expect(stepCount).toBeGreaterThan(RUNS * 5);
  },
  60_000 + RUNS * TIME_PER_RUN_MAX_MS,
);
