import type { TlsCredentials } from "@coterie/transport-tcp";
import { readNamed } from "./read-named.ts";

/** What `coterie serve` runs: whatever it was read from, checked once. */
export interface ServeConfig {
  readonly id: number;
  /** Voters: `host:port` of each, for peers. One alone needs none. */
  readonly ensemble: Readonly<Record<number, string>>;
  readonly role: "voter" | "observer";
  /** For which observers' certificates may be, without ports. */
  readonly observerHosts: readonly string[];
  /** Where peers connect, if not at the own entry of `ensemble`. */
  readonly listen: string | null;
  /** The directory of the store; null for a peer that keeps everything in memory. */
  readonly dataDir: string | null;
  readonly clientPorts: readonly ClientPort[];
  readonly peerSecurity: PeerSecurity;
  readonly timing: "embedded" | "dedicated";
  readonly tickMs: number;
  readonly sessionTimeoutMinMs: number | null;
  readonly sessionTimeoutMaxMs: number | null;
  /** ZooKeeper's maxClientCnxns and maxCnxns; 0 for no limit. */
  readonly connectionsPerIpMax: number;
  readonly connectionsMax: number;
  /** Sessions of the ensemble from which on clients get no new one; 0 for no limit. */
  readonly sessionsMax: number;
  /** Of one connection; 0 for no limit. */
  readonly requestsPerSecondMax: number;
  /** ZooKeeper's jute.maxbuffer. */
  readonly frameSizeMaxBytes: number;
  /** The path of a unix socket, or the name of a pipe, where `coterie backup` may ask; null for none. */
  readonly adminSocket: string | null;
  readonly fourLetterWords: readonly string[];
  readonly superDigest: string | null;
  readonly extendedTypesEnabled: boolean;
  readonly enforceQuota: boolean;
}

export interface ClientPort {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsFiles | null;
}

/** PEM files. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
  readonly authorities: string;
}

export type PeerSecurity =
  | { readonly kind: "none" }
  | { readonly kind: "secret"; readonly secret: string }
  | { readonly kind: "certificate"; readonly files: TlsFiles };

/** What a source has said; the rest are defaults. */
export type PartialServeConfig = { -readonly [Key in keyof ServeConfig]?: ServeConfig[Key] };

/** Text for the operator: what was not understood, or is done otherwise. */
export type Warning = string;

export interface ReadConfig {
  readonly config: PartialServeConfig;
  readonly warnings: readonly Warning[];
}

export const SERVE_DEFAULTS: Omit<ServeConfig, "id" | "ensemble"> = Object.freeze<Omit<ServeConfig, "id" | "ensemble">>(
  {
    role: "voter",
    observerHosts: [],
    listen: null,
    dataDir: null,
    clientPorts: [],
    peerSecurity: { kind: "none" },
    timing: "dedicated",
    tickMs: 2000,
    sessionTimeoutMinMs: null,
    sessionTimeoutMaxMs: null,
    connectionsPerIpMax: 60,
    connectionsMax: 0,
    sessionsMax: 100_000,
    requestsPerSecondMax: 0,
    frameSizeMaxBytes: 0xfffff,
    adminSocket: null,
    fourLetterWords: ["srvr", "ruok"],
    superDigest: null,
    extendedTypesEnabled: true,
    enforceQuota: false,
  },
);

export type ReadFile = (path: string) => string;

/** @throws Error with a message for the operator. */
export function readCredentials(files: TlsFiles, readFile: ReadFile): TlsCredentials {
  return {
    certificate: readNamed(files.certificate, "the certificate", readFile),
    key: readNamed(files.key, "the certificate's key", readFile),
    authorities: readNamed(files.authorities, "the authorities' certificates", readFile),
  };
}
