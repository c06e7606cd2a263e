// Two processes over loopback, nothing encrypted.
import { createTcpTransport } from "@coterie/transport-tcp";
import { measureProcesses } from "../lib/transport-bench.mjs";

await measureProcesses({
  name: "tcp",
  file: import.meta.filename,
  create: () => createTcpTransport(),
  address: "127.0.0.1:0",
  target: 500_000,
});
