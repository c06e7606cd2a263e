import { afterAll, beforeAll, expect, it } from "vitest";
import { describeForeign } from "../../interop/describe-foreign.ts";
import { type BothSides, startBothSides } from "../both-sides.ts";
import { compileCurator, type CuratorProgram, isCuratorInstalled, withoutLog } from "./curator.ts";

const missing = isCuratorInstalled()
  ? undefined
  : "Debian's libcurator-recipes-java, ecj and zookeeper are not installed";

describeForeign("Curator", missing, () => {
  let sides: BothSides;
  let scenario: CuratorProgram;

  beforeAll(async () => {
    const source = new URL("CuratorScenario.java", import.meta.url);
    [sides, scenario] = await Promise.all([startBothSides(), compileCurator(source)]);
  });

  afterAll(async () => {
    scenario.remove();
    await sides.stop();
  });

  it("does the same with its recipes as with ZooKeeper", async () => {
    const { zookeeper, coterie } = await sides.run((addresses) => scenario.with([addresses]));
    expect(withoutLog(coterie)).toBe(withoutLog(zookeeper));
    expect(coterie.match(/^# .*$/gm)).toHaveLength(14);
    expect(coterie).toMatch(/# the end\n$/);
  });
});
