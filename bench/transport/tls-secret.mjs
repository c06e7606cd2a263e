// Two processes over loopback, encrypted by the secret of the ensemble.
import { createTcpTransport } from "@coterie/transport-tcp";
import { measureProcesses } from "../lib/transport-bench.mjs";

const SECRET = "a secret for measuring, and for nothing else";

await measureProcesses({
  name: "tcp, secret",
  file: import.meta.filename,
  create: () => createTcpTransport({ security: { kind: "secret", secret: SECRET } }),
  address: "127.0.0.1:0",
});
