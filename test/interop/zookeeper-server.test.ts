import { existsSync } from "node:fs";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeForeign } from "./describe-foreign.ts";
import { isZooKeeperInstalled, startZooKeeperServer, type ZooKeeperServer } from "./zookeeper-server.ts";

const missing = isZooKeeperInstalled() ? undefined : "Debian's zookeeper package is not installed";

describeForeign("a real ZooKeeper server", missing, () => {
  let server: ZooKeeperServer;

  beforeAll(async () => {
    server = await startZooKeeperServer({ tickTimeMs: 500 });
  }, 40_000);

  afterAll(async () => {
    await server.stop();
  });

  it("is a standalone 3.8 with the options that were asked for", async () => {
    expect(await server.ask("srvr")).toMatch(/version: 3\.8\.[^]*Mode: standalone/);
    expect(await server.ask("conf")).toContain("tickTime=500\n");
  });

  it("is gone, with its directory, after stop", async () => {
    const other = await startZooKeeperServer();
    const dataDir = /dataDir=(.*)\/version-2/.exec(await other.ask("conf"))?.[1] ?? "";
    expect(existsSync(dataDir)).toBe(true);
    await other.stop();
    await other.stop();
    expect(existsSync(dataDir)).toBe(false);
    const refused = await new Promise<boolean>((resolve) => {
      connect({ host: other.host, port: other.port })
        .on("connect", () => resolve(false))
        .on("error", () => resolve(true));
    });
    expect(refused).toBe(true);
  }, 40_000);
});
