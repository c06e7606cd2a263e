import { connect } from "@coterie/client";
import { createTcpTransport } from "@coterie/transport-tcp";
import { afterAll, beforeAll } from "vitest";
import { testRecipes } from "../../packages/recipes/test/suite/index.ts";
import { type CoterieEnsemble, startCoterieEnsemble } from "../foreign/coterie-ensemble.ts";

const transport = createTcpTransport();
let ensemble: CoterieEnsemble;

beforeAll(async () => {
  ensemble = await startCoterieEnsemble({ timing: "dedicated", clients: transport });
});

afterAll(() => ensemble.stop());

testRecipes("recipes over the wire, with Coterie", {
  open: () => connect(ensemble.addresses.join(","), { transport }),
});
