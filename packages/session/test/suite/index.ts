import { describe } from "vitest";
import { testAcls } from "./acls.ts";
import { testCalls } from "./calls.ts";
import { testChroot } from "./chroot.ts";
import { testCreates } from "./creates.ts";
import { testEnds } from "./ends.ts";
import { testReads } from "./reads.ts";
import { testTransactions } from "./transactions.ts";
import { testWatches } from "./watches.ts";
import { testWatchSharing } from "./watch-sharing.ts";
import type { SessionSetting } from "./world.ts";
import { testZnodes } from "./znodes.ts";

export type { SessionSetting, SuiteFeature } from "./world.ts";

/**
 * What a Session promises, against a real tree, under vitest: in the process, from a worker, over the wire, to Coterie and to
 * Apache ZooKeeper from 3.6 on. Nothing else has to run there, and nothing is left there.
 */
export function testSession(name: string, setting: SessionSetting): void {
  describe(name, () => {
    describe("znodes", () => testZnodes(setting));
    describe("creates", () => testCreates(setting));
    describe("ACLs and identities", () => testAcls(setting));
    describe("transactions", () => testTransactions(setting));
    describe("reads", () => testReads(setting));
    describe("watches", () => testWatches(setting));
    describe("watches that share a path", () => testWatchSharing(setting));
    describe("calls", () => testCalls(setting));
    describe("the chroot", () => testChroot(setting));
    describe("the end", () => testEnds(setting));
  });
}
