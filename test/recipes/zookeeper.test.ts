import { connect } from "@coterie/client";
import { createTcpTransport } from "@coterie/transport-tcp";
import { afterAll, beforeAll } from "vitest";
import { testRecipes } from "../../packages/recipes/test/suite/index.ts";
import { describeForeign } from "../interop/describe-foreign.ts";
import { isZooKeeperInstalled, startZooKeeperServer, type ZooKeeperServer } from "../interop/zookeeper-server.ts";

const missing = isZooKeeperInstalled() ? undefined : "Debian's zookeeper package is not installed";
const transport = createTcpTransport();

describeForeign("recipes", missing, () => {
  let server: ZooKeeperServer;

  beforeAll(async () => {
    server = await startZooKeeperServer();
  }, 60_000);

  afterAll(() => server.stop());

  testRecipes("over the wire, with Apache ZooKeeper", {
    open: () => connect(`${server.host}:${server.port}`, { transport }),
  });
});
