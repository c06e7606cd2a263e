import { describe, it } from "vitest";
import { createMemoryNetwork } from "@coterie/transport-memory";
import { testTransport } from "../../src/transport/test-transport.ts";
import { createMemoryFixture } from "./support/memory-fixture.ts";

describe("the memory transport, with a clock", () => {
  testTransport({ describe, it }, createMemoryFixture());
});

describe("the memory transport, by promises alone", () => {
  const createNetwork = () => createMemoryNetwork({ closeTimeoutMs: 5 });
  testTransport({ describe, it }, createMemoryFixture({ createNetwork, isPaced: false }));
});
