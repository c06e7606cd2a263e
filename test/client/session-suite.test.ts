import { connect } from "@coterie/client";
import { createTcpTransport } from "@coterie/transport-tcp";
import { afterAll, beforeAll } from "vitest";
import { testSession } from "../../packages/session/test/suite/index.ts";
import { describeForeign } from "../interop/describe-foreign.ts";
import { isZooKeeperInstalled, startZooKeeperServer, type ZooKeeperServer } from "../interop/zookeeper-server.ts";

const missing = isZooKeeperInstalled() ? undefined : "Debian's zookeeper package is not installed";

describeForeign("the session suite over the wire", missing, () => {
  let server: ZooKeeperServer;

  beforeAll(async () => {
    server = await startZooKeeperServer();
  }, 60_000);

  afterAll(async () => {
    await server.stop();
  });

  testSession("with Apache ZooKeeper 3.8", {
    open: ({ chroot = "" } = {}) =>
      connect(`${server.host}:${server.port}${chroot}`, {
        transport: createTcpTransport(),
        sessionTimeoutMs: 20_000,
      }),
    lacks: ["linearizable", "transaction-stats", "event-zxids"],
  });
});
