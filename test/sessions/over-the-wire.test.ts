import { connect } from "@coterie/client";
import { createTcpTransport } from "@coterie/transport-tcp";
import { afterAll, beforeAll } from "vitest";
import { testSession } from "../../packages/session/test/suite/index.ts";
import { startThreePeers, type ThreePeers } from "./three-peers.ts";

const transport = createTcpTransport();
let ensemble: ThreePeers;

beforeAll(async () => {
  ensemble = await startThreePeers(transport);
});

afterAll(() => ensemble.stop());

testSession("a session over the wire, with Coterie", {
  open: ({ chroot = "" } = {}) => connect(`${ensemble.addresses.join(",")}${chroot}`, { transport }),
});
