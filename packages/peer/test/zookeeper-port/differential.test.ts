import { createSessionTimeoutBounds, createStateMachine } from "@coterie/core";
import { createSeededRandom, type PeerId } from "@coterie/interface";
import { createPlatformClock } from "@coterie/platform";
import { createTcpTransport } from "@coterie/transport-tcp";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { ALLOWED_DIFFERENCES } from "../../../../test/interop/compare-observations.ts";
import { REFERENCE_EXECUTOR, runDifferential } from "../../../../test/interop/differential.ts";
import { adaptSequence, type Flavour } from "../../../../test/interop/expressible.ts";
import { createZooKeeperDriver } from "../../../../test/interop/zookeeper-driver.ts";
import { ALICE, BOB, SUPER } from "../../../../test/model/generator-pools.ts";
import { sequenceArbitrary } from "../../../../test/model/generator.ts";
import { playSequence } from "../../../../test/model/play-sequence.ts";
import { createReferenceTree } from "../../../../test/model/reference-tree.ts";
import { createServing } from "../../src/serving/create-serving.ts";
import { openZooKeeperPort } from "../../src/zookeeper-port/zookeeper-port.ts";
import { FakeEngine, LEADING } from "../serving/fake-engine.ts";
import { FACTS } from "./port-world.ts";

// Goal: over real sockets the port behaves as ZooKeeper does: replies, events, numbers of txns.
// Method: the suite that compares the reference tree with a real server, with the port in the server's place.

const RUNS = process.env["COTERIE_TEST_LONG"] === "1" ? 2_000 : 10;
const HOST = "127.0.0.1";

const CREDENTIALS: ReadonlyMap<string, string> = new Map(
  [ALICE, BOB, SUPER].map(({ user, password, identity }) => [identity.id, `${user}:${password}`]),
);

interface Options {
  readonly extendedTypesEnabled: boolean;
  readonly enforceQuota: boolean;
}

async function openPort(options: Options): Promise<{ readonly port: number; close(): Promise<void> }> {
  const clock = createPlatformClock();
  const machine = createStateMachine(options);
  const engine = new FakeEngine({ machine, schedule: (turn) => void setImmediate(turn) });
  const serving = createServing(engine, {
    peerId: 1 as PeerId,
    clock,
    random: createSeededRandom(1),
    timeouts: createSessionTimeoutBounds(2_000),
    superDigest: SUPER.identity.id,
  });
  engine.handler = serving;
  engine.become(LEADING);
  const opened = await openZooKeeperPort(serving, {
    transport: createTcpTransport(),
    address: `${HOST}:0`,
    clock,
    facts: FACTS,
    clientQueueMaxBytes: 2 ** 24,
    silenceMaxMs: 3_000,
    touch: (id) => engine.touch(id),
  });
  return { port: Number(opened.address.split(":").at(-1)), close: () => opened.close() };
}

it("answers whole sequences of commands as the reference does, over sockets", async () => {
  const scenarios = fc.record({
    flavour: fc.constantFrom<Flavour[]>("acls", "exists-watches"),
    extendedTypesEnabled: fc.boolean(),
    enforceQuota: fc.boolean(),
    commands: sequenceArbitrary({ withForeignAcls: false, withStaleSessions: false }),
  });
  let stepCount = 0;
  await fc.assert(
    fc.asyncProperty(scenarios, async ({ flavour, commands, ...options }) => {
      const server = await openPort(options);
      const superCredential = `${SUPER.user}:${SUPER.password}`;
      const driver = await createZooKeeperDriver({ host: HOST, ...server, credentials: CREDENTIALS, superCredential });
      try {
        const tree = createReferenceTree({ ...options, aclSchemes: ["digest", "ip"], filtersReplay: true });
        // An attachment is a txn here, and none in ZooKeeper: zxids would run apart. port.test.ts reconnects.
        const staying = commands.filter(({ kind }) => kind !== "reconnect");
        const steps = playSequence(adaptSequence(staying, flavour).commands, tree);
        const expected = [{ name: "the reference tree", executor: REFERENCE_EXECUTOR }];
        const result = await runDifferential(steps, { expected, actual: driver }, ALLOWED_DIFFERENCES);
        stepCount += result.stepCount;
        expect(result.difference?.report).toBeUndefined();
      } finally {
        driver.close();
        await server.close();
      }
    }),
    { numRuns: RUNS, seed: 20_261_123, endOnFailure: true },
  );
  expect(stepCount).toBeGreaterThan(RUNS * 5);
});
