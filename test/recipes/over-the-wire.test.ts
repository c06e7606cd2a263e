import { connect } from "@coterie/client";
import { createTcpTransport } from "@coterie/transport-tcp";
import { afterAll, beforeAll } from "vitest";
import { testRecipes } from "../../packages/recipes/test/suite/index.ts";
import { startThreePeers, type ThreePeers } from "../sessions/three-peers.ts";

const transport = createTcpTransport();
let ensemble: ThreePeers;

beforeAll(async () => {
  ensemble = await startThreePeers(transport);
});

afterAll(() => ensemble.stop());

testRecipes("recipes over the wire, with Coterie", {
  open: () => connect(ensemble.addresses.join(","), { transport }),
});
