import { createTestZooKeeper } from "@coterie/testing";
import { expect, it } from "vitest";
import { describeForeign } from "../../interop/describe-foreign.ts";
import { runProgram } from "../run-program.ts";
import { isKazooInstalled, python } from "./kazoo.ts";

const missing = isKazooInstalled() ? undefined : "Debian's python3-kazoo is not installed";

describeForeign("kazoo and the server for tests", missing, () => {
  it("hears that its session has expired when a test says so", async () => {
    const server = await createTestZooKeeper();
    const expire = async (output: string): Promise<string> => {
      await server.expire(/^session (-?\d+)$/m.exec(output)?.[1] ?? "none");
      return "expired\n";
    };
    const input = [{ text: "", until: "holding" }, { text: expire }];
    const output = await runProgram(python(new URL("expiry.py", import.meta.url), [server.connectString], input));
    expect(output.split("\n")).toEqual([
      expect.stringMatching(/^session -?\d+$/),
      "holding",
      "lost: True",
      "connected again: True True",
      "the ephemeral znode is gone: True",
      "",
    ]);
    await server.stop();
  });
});
