import { connect } from "@coterie/client";
import { createTcpTransport } from "@coterie/transport-tcp";
import { afterAll, beforeAll } from "vitest";
import { testSession } from "../../packages/session/test/suite/index.ts";
import { type CoterieEnsemble, startCoterieEnsemble } from "../foreign/coterie-ensemble.ts";

const transport = createTcpTransport();
let ensemble: CoterieEnsemble;

beforeAll(async () => {
  ensemble = await startCoterieEnsemble({ timing: "dedicated", clients: transport });
});

afterAll(() => ensemble.stop());

testSession("a session over the wire, with Coterie", {
  open: ({ chroot = "" } = {}) => connect(`${ensemble.addresses.join(",")}${chroot}`, { transport }),
});
