import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeForeign } from "../../interop/describe-foreign.ts";
import { isZooKeeperInstalled } from "../../interop/zookeeper-server.ts";
import { type BothSides, startBothSides } from "../both-sides.ts";

const missing = isZooKeeperInstalled() ? undefined : "Debian's zookeeper package is not installed";
const scenario = fileURLToPath(new URL("scenario.mjs", import.meta.url));

describeForeign("node-zookeeper-client", missing, () => {
  let sides: BothSides;

  beforeAll(async () => {
    sides = await startBothSides();
  });

  afterAll(() => sides.stop());

  it("does the same as with ZooKeeper", async () => {
    const program = (addresses: string) => ({ command: process.execPath, args: [scenario, addresses] });
    const { zookeeper, coterie } = await sides.run(program);
    expect(coterie).toBe(zookeeper);
    expect(coterie.match(/^"# .*$/gm)).toHaveLength(6);
    expect(coterie).toMatch(/"# the end"\n$/);
  });
});
