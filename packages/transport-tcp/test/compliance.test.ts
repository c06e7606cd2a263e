import { testTransport } from "@coterie/compliance";
import type { RemoteIdentity } from "@coterie/interface";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, connect as connectSecurely, type TLSSocket } from "node:tls";
import { describe, it } from "vitest";
import { createTcpTransport, type TcpSecurity } from "../src/index.ts";
import { deriveKey } from "../src/tls/ensemble-secret.ts";
import { credentialsOf } from "./credentials.ts";
import { QUICK_LIMITS, WAIT_MAX_MS } from "./recorder.ts";

async function connectTls(address: string, options: ConnectionOptions): Promise<TLSSocket> {
  const checkServerIdentity = (): undefined => undefined;
  const socket = connectSecurely({ port: portOf(address), host: "127.0.0.1", checkServerIdentity, ...options });
  await once(socket, "secureConnect");
  return socket;
}

function portOf(address: string): number {
  return Number(address.split(":").at(-1));
}

/** A socket that knows nothing of us, connected. */
async function connectSocket(address: string): Promise<Socket> {
  const socket = connect({ port: portOf(address), host: "127.0.0.1" });
  await once(socket, "connect");
  return socket;
}

interface Modes {
  readonly security: TcpSecurity;
  readonly stranger: TcpSecurity;
  readonly identity: RemoteIdentity;
  readonly connectRaw: (address: string) => Promise<Duplex>;
}

const limits = QUICK_LIMITS;
const { certificate, key, authorities } = credentialsOf("peer");
const noIdentity: RemoteIdentity = { kind: "none" };

const MODES: Readonly<Record<string, Modes>> = {
  "TCP transport": {
    security: { kind: "none" },
    stranger: { kind: "none" },
    identity: noIdentity,
    connectRaw: connectSocket,
  },
  "TCP transport with an ensemble's secret": {
    security: { kind: "secret", secret: "a secret of the ensemble" },
    stranger: { kind: "secret", secret: "a secret of somebody else" },
    identity: { kind: "secret" },
    connectRaw: async (address) => {
      const psk = Buffer.from(await deriveKey(Buffer.from("a secret of the ensemble")));
      const ciphers = "TLS_AES_128_GCM_SHA256";
      const pskCallback = (): { psk: Buffer; identity: string } => ({ psk, identity: "coterie" });
      return connectTls(address, { minVersion: "TLSv1.3", ciphers, pskCallback });
    },
  },
  "TCP transport with certificates": {
    security: { kind: "certificate", credentials: credentialsOf("peer") },
    stranger: { kind: "certificate", credentials: credentialsOf("stranger") },
    identity: {
      kind: "certificate",
      subject: "CN=peer,O=Coterie\\, tests,C=CH",
      names: ["localhost", "peer.example", "127.0.0.1", "::1"],
    },
    connectRaw: async (address) => connectTls(address, { cert: certificate, key, ca: authorities }),
  },
};

describe.each(Object.entries(MODES))("a %s", (_name, { security, stranger, identity, connectRaw }) => {
  const isProving = identity.kind !== "none";
  // Making a key of a secret takes its time, so a few transports take turns. Two sites in use are never the same.
  const transports = Array.from({ length: 3 }, () => createTcpTransport({ security, limits }));
  let sites = 0;
  testTransport(
    { describe, it },
    {
      supports: { identity: isProving, zookeeperFraming: true },
      createSite: async () => {
        const transport = transports[sites++ % transports.length]!;
        return { listening: transport, dialing: transport };
      },
      removeSite: async () => undefined,
      createAddress: () => "127.0.0.1:0",
      unusableAddress: "127.0.0.1",
      waitMaxMs: WAIT_MAX_MS,
      connectRaw: async (_site, address) => connectRaw(address),
      connectLost: async (_site, address) => {
        const socket = await connectRaw(address);
        return () => socket.destroy();
      },
      ...(isProving && {
        identity: {
          ofDialing: identity,
          ofListening: identity,
          createStranger: () => createTcpTransport({ security: stranger, limits }),
          createStrangerAddress: () => "127.0.0.1:0",
        },
      }),
    },
  );
});
