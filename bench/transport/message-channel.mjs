// Two processes over the channel between a process and its child.
import { createMessageTransport } from "@coterie/transport-ipc";
import { measureProcesses } from "../lib/transport-bench.mjs";

await measureProcesses({
  name: "process channel",
  file: import.meta.filename,
  create: () => createMessageTransport(),
  join: (transport, carrier) => void transport.join(carrier),
  address: "bench",
  scale: 0.05,
});
