// Both ends in one process: what a frame costs where nothing carries it.
import { createMemoryNetwork } from "@coterie/transport-memory";
import { measureTransport } from "../lib/transport-bench.mjs";
import { serve } from "../lib/transport-ends.mjs";

const network = createMemoryNetwork();
const address = await serve(network.transport("b"), "b:1");
await measureTransport({ name: "memory, one process", transport: network.transport("a"), address });
