// Two processes over a unix socket, or a named pipe on Windows.
import { createSocketTransport } from "@coterie/transport-ipc";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measureProcesses } from "../lib/transport-bench.mjs";

const name = `coterie-bench-${process.pid}`;

await measureProcesses({
  name: "unix socket",
  file: import.meta.filename,
  create: () => createSocketTransport(),
  address: process.platform === "win32" ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.socket`),
});
