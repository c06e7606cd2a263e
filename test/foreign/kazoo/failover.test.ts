import { afterAll, beforeAll, expect, it } from "vitest";
import { describeForeign } from "../../interop/describe-foreign.ts";
import { type CoterieEnsemble, startCoterieEnsemble } from "../coterie-ensemble.ts";
import { runProgram } from "../run-program.ts";
import { isKazooInstalled, python } from "./kazoo.ts";

const missing = isKazooInstalled() ? undefined : "Debian's python3-kazoo is not installed";

describeForeign("kazoo and the end of the leader", missing, () => {
  let ensemble: CoterieEnsemble;

  beforeAll(async () => {
    ensemble = await startCoterieEnsemble({ timing: "dedicated" });
  });

  afterAll(() => ensemble.stop());

  it("keeps sessions, ephemeral znodes, locks and watches, at the leader and at a follower", async () => {
    const { peers, addresses } = ensemble;
    const leader = peers.findIndex(({ status }) => status.role.state === "leading");
    const leaderFirst = [addresses[leader]!, ...addresses.toSpliced(leader, 1)].join(",");
    const stopLeader = async (): Promise<string> => {
      await peers[leader]!.stop();
      return "gone\n";
    };
    const input = [{ text: "", until: "holding" }, { text: stopLeader }];
    expect(
      (await runProgram(python(new URL("failover.py", import.meta.url), [leaderFirst], input))).split("\n"),
    ).toEqual([
      "holding",
      "leader kept its session: True True False",
      "leader kept its lock: True ['leader'] [False]",
      "follower kept its session: True True False",
      "follower kept its lock: True ['follower'] [False]",
      "the watch was kept: True",
      "released: [[], []]",
      "",
    ]);
    expect(peers.filter(({ status }) => status.role.state === "leading")).toHaveLength(1);
  });
});
