// Two processes over loopback, encrypted, each with a certificate.
import { createTcpTransport } from "@coterie/transport-tcp";
import { readFileSync } from "node:fs";
import { measureProcesses } from "../lib/transport-bench.mjs";

// Those of the tests: nobody else may trust them.
const read = (file) =>
  readFileSync(new URL(`../../packages/transport-tcp/test/certificates/${file}`, import.meta.url), "utf8");
const credentials = { certificate: read("peer.pem"), key: read("peer.key"), authorities: read("authority.pem") };

await measureProcesses({
  name: "tcp, certificates",
  file: import.meta.filename,
  create: () => createTcpTransport({ security: { kind: "certificate", credentials } }),
  address: "127.0.0.1:0",
});
