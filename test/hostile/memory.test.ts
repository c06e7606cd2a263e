import type { RequestBody } from "@coterie/protocol";
import { expect, it } from "vitest";
import { closeAfterEach } from "./support/close-after-each.ts";
import { create, type RawClient } from "./support/raw-client.ts";
import { Victim } from "./support/victim.ts";

// Goal: whatever clients of one address do, the process that they do it to grows by no more than what is stated here, and serves on.
// The figures are about twice what was measured.

const closing = closeAfterEach();

const MIB = 2 ** 20;
/** Of the 60 that one address may have: somebody else has to come in beside them. */
const CONNECTIONS = 50;
const FRAME_MAX = MIB - 1;

const WRITE: RequestBody = { kind: "setData", path: "/", data: null, version: -1 };

const GET_LARGE: RequestBody = { kind: "getData", path: "/large", watch: false };

function repeated(body: RequestBody, count: number): RequestBody[] {
  return Array.from({ length: count }, () => body);
}

function connectAll(victim: Victim, count: number = CONNECTIONS): Promise<RawClient[]> {
  return Promise.all(Array.from({ length: count }, () => victim.connect()));
}

/** All connections ask for these, of a tree with one large znode and large names, and read nothing of what is answered. */
async function askAndTakeNothing(victim: Victim, bodies: readonly RequestBody[]): Promise<void> {
  const clients = await connectAll(victim);
  await clients[0]!.ask(create("/large", new Uint8Array(FRAME_MAX - 1_000)));
  for (let index = 0; index < 30; index++) await clients[0]!.ask(create(`/${String(index).padEnd(40_000, "x")}`));
  for (const client of clients) client.socket.pause();
  for (const client of clients) for (const body of bodies) client.send(body);
}

/** As long as somebody else needs a few times. */
async function useSome(victim: Victim): Promise<void> {
  for (let round = 0; round < 10; round++) await victim.useOne();
}

interface Attack {
  readonly what: string;
  readonly grownMaxMib: number;
  readonly run: (victim: Victim) => Promise<void>;
}

const ATTACKS: readonly Attack[] = [
  {
    what: "lengths of 0, -1, 2^31-1 and above the limit, 500 times",
    grownMaxMib: 40,
    run: async (victim) => {
      const lengths = [0, -1, 2 ** 31 - 1, FRAME_MAX + 1];
      for (let round = 0; round < 500; round++) {
        const client = await victim.dial();
        client.writeFrame(new Uint8Array(1_000), lengths[round % lengths.length]);
        await client.untilClosed();
      }
    },
  },
  {
    what: "handshakes that announce a mebibyte and stop in the middle",
    // Half of what is announced comes.
    grownMaxMib: CONNECTIONS / 2 + 75,
    run: async (victim) => {
      for (let index = 0; index < CONNECTIONS; index++) {
        const client = await victim.dial();
        client.writeFrame(new Uint8Array(FRAME_MAX / 2), FRAME_MAX);
      }
    },
  },
  {
    what: "1,000 connections",
    grownMaxMib: 40,
    run: async (victim) => {
      const clients = await Promise.all(Array.from({ length: 1_000 }, () => victim.dial()));
      for (const client of clients) client.sendConnect({});
      await clients[999]!.untilClosed();
      for (const client of clients) client.destroy();
      while ((await victim.look()).connectionCount > 0);
    },
  },
  {
    what: "all connections reading a mebibyte a hundred times, and taking none of it",
    grownMaxMib: 320,
    run: (victim) => askAndTakeNothing(victim, repeated(GET_LARGE, 100)),
  },
  {
    what: "all connections reading a mebibyte 60 times between two writes, and taking none of it",
    // What waits is bounded by 256; what was dropped is not collected yet.
    grownMaxMib: 1_024,
    run: (victim) => askAndTakeNothing(victim, [WRITE, ...repeated(GET_LARGE, 60), WRITE]),
  },
  {
    what: "all connections listing a megabyte of children a hundred times, and taking none of it",
    grownMaxMib: 320,
    run: (victim) => askAndTakeNothing(victim, repeated({ kind: "getChildren", path: "/", watch: false }, 100)),
  },
  {
    what: "100,000 watches of one connection",
    grownMaxMib: 120,
    run: async (victim) => {
      const client = await victim.connect();
      for (let from = 0; from < 100_000; from += 50_000) {
        const existWatches = Array.from({ length: 50_000 }, (_value, index) => `/${from + index}`);
        const none = { dataWatches: [], childWatches: [] };
        await client.ask({ kind: "setWatches", relativeZxid: 2 ** 40, existWatches, ...none });
      }
      expect((await client.ask({ kind: "addWatch", path: "/more", mode: 1 })).err).toBe(-8);
    },
  },
  {
    what: "5,000 ephemerals of one session, which go at once",
    grownMaxMib: 80,
    run: async (victim) => {
      const client = await victim.connect();
      for (let index = 0; index < 5_000; index++) client.send(create(`/${index}`, null, 1));
      await client.replies(5_000, "create");
      await client.ask({ kind: "closeSession" });
    },
  },
  {
    what: "all connections writing 20 MiB in one go",
    // 4 of each, and what a store in memory keeps until a checkpoint is there: with three times as much written it is no more.
    grownMaxMib: 1_280,
    run: async (victim) => {
      const clients = await connectAll(victim);
      const data = new Uint8Array(FRAME_MAX - 1_000);
      const set: RequestBody = { kind: "setData", path: "/", data, version: -1 };
      for (const client of clients) for (const body of repeated(set, 20)) client.send(body);
      for (const client of clients) await client.replies(20, "setData");
    },
  },
  {
    what: "multis as large as a frame, of all connections",
    grownMaxMib: 400,
    run: async (victim) => {
      const clients = await connectAll(victim);
      const ops = Array.from({ length: 25_000 }, (_value, index) => ({
        kind: "delete" as const,
        path: `/${index}`,
        version: -1,
      }));
      for (const client of clients) client.send({ kind: "multi", ops });
      for (const client of clients) await client.nextFrame();
    },
  },
];

it.each(ATTACKS.map(({ what, grownMaxMib, run }) => [what, grownMaxMib, run] as const))(
  "%s: %i MiB",
  async (_what, grownMaxMib, run) => {
    const victim = await Victim.start();
    closing(() => victim.stop());
    await run(victim);
    await useSome(victim);
    expect((await victim.grownBytes()) / MIB).toBeLessThan(grownMaxMib);
  },
);
