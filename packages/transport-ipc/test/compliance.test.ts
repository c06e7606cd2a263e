import { testTransport } from "@coterie/compliance";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { describe, it } from "vitest";
import { createMessageTransport, createSocketTransport } from "../src/index.ts";
import type { Transport } from "@coterie/interface";

const QUICK_LIMITS = { handshakeTimeoutMs: 25_000, dialTimeoutMs: 25_000, closeTimeoutMs: 250 };
/** How long the kit waits for these limits, and for a machine that is busy with something else. */
const WAIT_MAX_MS = 30_000;
const isWindows = process.platform === "win32";

async function connectSocket(path: string): Promise<Socket> {
  const socket = connect({ path });
  await once(socket, "connect");
  return socket;
}

interface SocketSite {
  readonly listening: Transport;
  readonly dialing: Transport;
  readonly folder: string;
}

let sockets = 0;

describe("a transport over unix sockets or named pipes", () => {
  testTransport<SocketSite>(
    { describe, it },
    {
      supports: { identity: false, zookeeperFraming: true },
      createSite: async () => {
        const transport = createSocketTransport({ limits: QUICK_LIMITS });
        return { listening: transport, dialing: transport, folder: mkdtempSync(join(tmpdir(), "coterie-")) };
      },
      removeSite: async ({ folder }) => rmSync(folder, { recursive: true }),
      createAddress: ({ folder }) => {
        const name = `${process.pid}-${++sockets}`;
        return isWindows ? `\\\\.\\pipe\\coterie-${name}` : join(folder, name);
      },
      unusableAddress: "peer.sock",
      waitMaxMs: WAIT_MAX_MS,
      connectRaw: async (_site, address) => connectSocket(address),
      connectLost: async (_site, address) => {
        const socket = await connectSocket(address);
        return () => socket.destroy();
      },
    },
  );
});

interface MessageSite {
  readonly listening: Transport;
  readonly dialing: Transport;
  /** Another transport, joined with the one that listens. */
  joinAnother(): { transport: Transport; port: MessagePort };
  leave(): void;
}

describe("a transport over message ports", () => {
  testTransport<MessageSite>(
    { describe, it },
    {
      supports: { identity: false, zookeeperFraming: false },
      hasOwnAddresses: true,
      createSite: async () => {
        const listening = createMessageTransport({ limits: QUICK_LIMITS });
        const ports: MessagePort[] = [];
        const joinAnother = (): { transport: Transport; port: MessagePort } => {
          const transport = createMessageTransport({ limits: QUICK_LIMITS });
          const { port1, port2 } = new MessageChannel();
          listening.join(port1);
          transport.join(port2);
          ports.push(port2);
          return { transport, port: port2 };
        };
        const leave = (): void => ports.forEach((port) => port.close());
        return { listening, dialing: joinAnother().transport, joinAnother, leave };
      },
      removeSite: async (site) => site.leave(),
      createAddress: () => `peer-${++sockets}`,
      unusableAddress: "not a name",
      waitMaxMs: WAIT_MAX_MS,
      connectLost: async (site, address) => {
        const { transport, port } = site.joinAnother();
        transport.dial(
          address,
          { opened: () => undefined, received: () => undefined, drained: () => undefined, closed: () => undefined },
          { frameSizeMaxBytes: 100, sendQueueTargetBytes: 100 },
        );
        return () => port.close();
      },
    },
  );
});
