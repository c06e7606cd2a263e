import { testTransport } from "@coterie/compliance";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, it } from "vitest";
import { createTcpTransport } from "../src/index.ts";
import { QUICK_LIMITS } from "./recorder.ts";

/** A socket that knows nothing of us, connected. */
async function connectSocket(address: string): Promise<Socket> {
  const socket = connect({ port: Number(address.split(":").at(-1)), host: "127.0.0.1" });
  await once(socket, "connect");
  return socket;
}

describe("a TCP transport", () => {
  testTransport(
    { describe, it },
    {
      supports: { identity: false, zookeeperFraming: true },
      createSite: async () => {
        const transport = createTcpTransport({ limits: QUICK_LIMITS });
        return { listening: transport, dialing: transport };
      },
      removeSite: async () => undefined,
      createAddress: () => "127.0.0.1:0",
      unusableAddress: "127.0.0.1",
      connectRaw: async (_site, address) => connectSocket(address),
      connectLost: async (_site, address) => {
        const socket = await connectSocket(address);
        return () => socket.resetAndDestroy();
      },
    },
  );
});
