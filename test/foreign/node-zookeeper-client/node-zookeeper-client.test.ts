import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { describeForeign } from "../../interop/describe-foreign.ts";
import { isZooKeeperInstalled } from "../../interop/zookeeper-server.ts";
import { type BothSides, startBothSides } from "../both-sides.ts";

const missing = isZooKeeperInstalled() ? undefined : "Debian's zookeeper package is not installed";
const scenario = fileURLToPath(new URL("scenario.mjs", import.meta.url));

describeForeign("node-zookeeper-client", missing, () => {
  let sides: BothSides;

  beforeEach(async () => {
    sides = await startBothSides();
  });

  afterEach(() => sides.stop());

  // On a busy machine this client now and then waits for ever, with ZooKeeper itself as well: then it is asked anew.
  it("does the same as with ZooKeeper", { retry: 2 }, async () => {
    const program = (addresses: string) => ({
      command: process.execPath,
      args: [scenario, addresses],
      deadlineMs: 30_000,
    });
    const { zookeeper, coterie } = await sides.run(program);
    expect(coterie).toBe(zookeeper);
    expect(coterie.match(/^"# .*$/gm)).toHaveLength(6);
    expect(coterie).toMatch(/"# the end"\n$/);
  });
});
