import { afterAll, beforeAll, expect, it } from "vitest";
import { describeForeign } from "../../interop/describe-foreign.ts";
import { isZooKeeperInstalled } from "../../interop/zookeeper-server.ts";
import { type BothSides, startBothSides } from "../both-sides.ts";
import { isKazooInstalled, python } from "./kazoo.ts";

const missing =
  isKazooInstalled() && isZooKeeperInstalled() ? undefined : "Debian's python3-kazoo and zookeeper are not installed";

describeForeign("kazoo", missing, () => {
  let sides: BothSides;

  beforeAll(async () => {
    sides = await startBothSides();
  });

  afterAll(() => sides.stop());

  it("does the same with all of its recipes as with ZooKeeper", async () => {
    const { zookeeper, coterie } = await sides.run((addresses) =>
      python(new URL("scenario.py", import.meta.url), [addresses]),
    );
    expect(coterie).toBe(zookeeper);
    expect(coterie.match(/^# .*$/gm)).toHaveLength(16);
    expect(coterie).toMatch(/# the end\n$/);
  });
});
