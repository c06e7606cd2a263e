// node --test examples/own-transport/own-transport.test.mjs: the transport of this folder keeps every rule of the contract.
import { testTransport } from "@coterie/compliance";
import { once } from "node:events";
import { describe, it } from "node:test";
import { WebSocket } from "ws";
import { createWebSocketTransport } from "./create-web-socket-transport.mjs";

/** @import { TransportFixture } from "@coterie/compliance" */

/** @type {TransportFixture} */
const fixture = {
  supports: { identity: false, zookeeperFraming: false },
  createSite: async () => ({
    listening: createWebSocketTransport({ closeTimeoutMs: 300 }),
    dialing: createWebSocketTransport({ closeTimeoutMs: 300 }),
  }),
  removeSite: async () => undefined,
  createAddress: () => "ws://127.0.0.1:0",
  unusableAddress: "127.0.0.1:80",

  connectLost: async (_site, address) => {
    const socket = new WebSocket(address);
    await once(socket, "open");
    return () => socket.terminate();
  },
};

void describe("a transport over WebSockets", () => testTransport({ describe, it }, fixture));
