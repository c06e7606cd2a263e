import { expect } from "vitest";
import type { StoreEnsemble } from "./store-ensemble.ts";

const TICKS_LONG = 200;

/** Every peer that is up has the same tree, and in it all that anybody was told is there. */
export function expectSameTrees({ up, acked }: StoreEnsemble): void {
  const digests = up.map(({ replica }) => replica.machine.digest);
  expect(new Set(digests).size).toBe(1);
  for (const { id, replica } of up) {
    const found = [...acked.keys()].map((path) => [path, Buffer.from(replica.data(path) ?? []).toString()]);
    expect({ peer: id, found }).toEqual({ peer: id, found: [...acked] });
  }
}

/** What peers have opened, and whether they believe it. */
export function standings(ensemble: StoreEnsemble): Record<number, string> {
  const told = ensemble.up.map(({ id, found }) => {
    if (found.kind === "blank") return [id, "blank"];
    const fault = found.faults.length > 0 ? ", faulty" : "";
    return [id, (found.hardState.isAmnesiac ? "amnesiac" : "sound") + fault];
  });
  return Object.fromEntries(told) as Record<number, string>;
}

export const ALL_SOUND: Record<number, string> = { 1: "sound", 2: "sound", 3: "sound" };

/**
 * Peer 2 of three has just come back with less than it had acknowledged, and only peer 3 is there with it. The two are
 * a majority, and must be none until peer 1 has come, too: then peer 2 is readmitted, and they are.
 */
export async function expectNoQuorumUntilReadmitted(ensemble: StoreEnsemble): Promise<void> {
  await ensemble.tick(TICKS_LONG);
  expect(ensemble.leader).toBeNull();
  ensemble.request(2, "/without-a-quorum", "never");
  ensemble.request(3, "/without-a-quorum", "never");
  await ensemble.settle();
  expect(ensemble.acked.has("/without-a-quorum")).toBe(false);
  await ensemble.start(1);
  await ensemble.serve();
  await ensemble.tickUntil("peer 2 is readmitted", () => ensemble.peer(2).zab.view().hardState?.isAmnesiac === false);
  expectSameTrees(ensemble);
  await ensemble.close(1);
  await ensemble.serve();
  await ensemble.write(2, "/with-a-quorum-again");
  await expectSameAfterRestart(ensemble);
}

/** What everybody has by now stands in the stores, and nobody has a doubt about it any more. */
export async function expectSameAfterRestart(ensemble: StoreEnsemble): Promise<void> {
  await ensemble.closeAll();
  await ensemble.startAll();
  expect(standings(ensemble)).toEqual(ALL_SOUND);
  await ensemble.serve();
  expectSameTrees(ensemble);
  await ensemble.closeAll();
}
