import { dirname, isAbsolute, join } from "node:path";
import { parseProperties } from "./properties.ts";
import type { ClientPort, PartialServeConfig, ReadConfig, ReadFile, TlsFiles } from "./serve-config.ts";
import { formatAddress, hasMoreAddresses, parseServerLine, type ServerLine } from "./server-line.ts";

/** Keys that say how ZooKeeper does what Coterie does by itself. Nothing is lost by leaving them out. */
const NEEDLESS =
  /^(autopurge\..*|snapCount|snapSizeLimitInKb|commitLogCount|preAllocSize|txnLogSizeLimitInKb|snapshot\..*|db\.autocreate|dataLogDir|fsync\.warningthresholdms|electionAlg|cnxTimeout|connectToLearnerMasterLimit|leaderServes|standaloneEnabled|clientPortListenBacklog|globalOutstandingLimit|syncEnabled|jvm\.pause\..*|initLimit|maxResponseCacheSize|maxGetChildrenResponseCacheSize|group\.\d+|serverCnxnFactory|ssl\.protocol|ssl\.enabledProtocols)$/;

/** Providers that are always there. */
const PROVIDERS = /(Digest|IP|X509)AuthenticationProvider$/;

/**
 * A ZooKeeper configuration file (operations 4). What is not understood is named in a warning; what would change who may read or
 * write what, and cannot be done, is an error.
 *
 * @throws Error with a message for the operator, or of `readFile`.
 */
export function readZooCfg(path: string, readFile: ReadFile): ReadConfig {
  const entries = parseProperties(readFile(path));
  const warnings: string[] = [];
  const dynamicFile = entries.get("dynamicConfigFile");
  if (dynamicFile !== undefined) {
    const dynamicPath = isAbsolute(dynamicFile) ? dynamicFile : join(dirname(path), dynamicFile);
    for (const [key, value] of parseProperties(readFile(dynamicPath))) {
      if (key !== "version") entries.set(key, value);
    }
    entries.delete("dynamicConfigFile");
  }
  const reader = new ZooCfg(path, entries, readFile, warnings);
  return { config: reader.read(), warnings };
}

class ZooCfg {
  private readonly path: string;
  private readonly entries: Map<string, string>;
  private readonly readFile: ReadFile;
  private readonly warnings: string[];
  private readonly config: PartialServeConfig = {};

  constructor(path: string, entries: Map<string, string>, readFile: ReadFile, warnings: string[]) {
    this.path = path;
    this.entries = entries;
    this.readFile = readFile;
    this.warnings = warnings;
  }

  read(): PartialServeConfig {
    const { config } = this;
    const dataDir = this.take("dataDir");
    if (dataDir === undefined) throw new Error(`${this.path}: dataDir is missing; say where the store is to be kept`);
    // Beside ZooKeeper's own version-2, which is neither read nor touched.
    config.dataDir = join(dataDir, "coterie");
    this.readEnsemble(dataDir);
    this.readClientPorts();
    this.readPeerSecurity();
    this.readNumbers();
    this.readFlags();
    this.readWords();
    this.nameTheRest();
    return config;
  }

  private readEnsemble(dataDir: string): void {
    const servers: ServerLine[] = [];
    for (const key of this.entries.keys()) {
      const id = /^server\.(\d+)$/.exec(key)?.[1];
      if (id === undefined) continue;
      const value = this.take(key)!;
      const server = parseServerLine(Number(id), value);
      if (server === null) {
        throw new Error(
          `${this.path}: ${key}=${value} is not host:port:port[:participant|observer][;[host:]clientPort]`,
        );
      }
      if (hasMoreAddresses(value)) this.warn(`${key}: only its first address is used`);
      servers.push(server);
    }
    const isObserver = this.take("peerType") === "observer";
    if (servers.length === 0) {
      this.config.id = 1;
      this.config.ensemble = { 1: "127.0.0.1:2888" };
      if (isObserver) throw new Error(`${this.path}: an observer needs the server lines of the voters`);
      return;
    }
    const own = servers.find(({ id }) => id === this.readMyId(dataDir));
    if (own === undefined) {
      throw new Error(`${join(dataDir, "myid")}: no server line of ${this.path} has this number`);
    }
    const voters = servers.filter(({ role }) => role === "voter");
    if (voters.length === 0) throw new Error(`${this.path}: all servers are observers; an ensemble needs voters`);
    this.config.id = own.id;
    this.config.role = own.role === "observer" || isObserver ? "observer" : "voter";
    this.config.ensemble = Object.fromEntries(voters.map(({ id, host, port }) => [id, formatAddress(host, port)]));
    if (this.take("quorumListenOnAllIPs") === "true") this.config.listen = formatAddress("0.0.0.0", own.port);
    if (own.client !== null) this.config.clientPorts = [own.client];
    this.warn(
      "of each server line the first port is used, for all that peers say to each other; the election port is not",
    );
  }

  private readMyId(dataDir: string): number {
    const path = join(dataDir, "myid");
    const text = this.readFile(path).trim();
    if (!/^\d+$/.test(text)) throw new Error(`${path}: ${JSON.stringify(text)} is not the number of this server`);
    return Number(text);
  }

  private readClientPorts(): void {
    const ports: ClientPort[] = [...(this.config.clientPorts ?? [])];
    const port = this.takeNumber("clientPort", 1, 65_535);
    const host = this.take("clientPortAddress") ?? "0.0.0.0";
    if (port !== undefined && ports.length === 0) ports.push({ host, port, tls: null });
    const securePort = this.takeNumber("secureClientPort", 1, 65_535);
    const secureHost = this.take("secureClientPortAddress") ?? "0.0.0.0";
    const tls = this.takeTls("ssl.");
    if (securePort !== undefined) {
      if (tls === null)
        throw new Error(`${this.path}: secureClientPort needs ssl.keyStore.location and ssl.trustStore.location`);
      ports.push({ host: secureHost, port: securePort, tls });
    }
    if (ports.length === 0) this.warn("there is no clientPort: no ZooKeeper client can connect");
    this.config.clientPorts = ports;
  }

  private readPeerSecurity(): void {
    const isSecure = this.take("sslQuorum") === "true";
    const files = this.takeTls("ssl.quorum.");
    if (!isSecure) return;
    if (files === null) {
      throw new Error(`${this.path}: sslQuorum needs ssl.quorum.keyStore.location and ssl.quorum.trustStore.location`);
    }
    this.config.peerSecurity = { kind: "certificate", files };
  }

  /** PEM alone: a key store in one file holds certificate and key. */
  private takeTls(prefix: string): TlsFiles | null {
    const keyStore = this.take(`${prefix}keyStore.location`);
    const trustStore = this.take(`${prefix}trustStore.location`);
    for (const rest of ["keyStore.type", "trustStore.type", "clientAuth", "hostnameVerification"]) {
      this.entries.delete(`${prefix}${rest}`);
    }
    if (keyStore === undefined || trustStore === undefined) return null;
    for (const file of [keyStore, trustStore]) {
      if (!file.endsWith(".pem"))
        throw new Error(`${this.path}: ${file} has to be PEM (convert it: openssl pkcs12 -nodes)`);
    }
    return { certificate: keyStore, key: keyStore, authorities: trustStore };
  }

  private readNumbers(): void {
    const { config } = this;
    const set = (key: string, name: "tickMs" | "sessionTimeoutMinMs" | "sessionTimeoutMaxMs", min: number): void => {
      const value = this.takeNumber(key, min, 2 ** 31 - 1);
      // ZooKeeper's -1 stands for its default.
      if (value !== undefined && value > 0) config[name] = value;
    };
    set("tickTime", "tickMs", 1);
    set("minSessionTimeout", "sessionTimeoutMinMs", -1);
    set("maxSessionTimeout", "sessionTimeoutMaxMs", -1);
    const perIp = this.takeNumber("maxClientCnxns", 0, 2 ** 31 - 1);
    if (perIp !== undefined) config.connectionsPerIpMax = perIp;
    const all = this.takeNumber("maxCnxns", 0, 2 ** 31 - 1);
    if (all !== undefined) config.connectionsMax = all;
    const frame = this.takeNumber("jute.maxbuffer", 1, 2 ** 30);
    if (frame !== undefined) config.frameSizeMaxBytes = frame;
    if (this.take("syncLimit") !== undefined) {
      this.warn("syncLimit is not used: a lost leader is noticed within 0.2 s (timing: dedicated) or 3 s (embedded)");
    }
  }

  private readFlags(): void {
    const { config } = this;
    const extended = this.take("extendedTypesEnabled");
    config.extendedTypesEnabled = extended === "true";
    if (this.take("enforceQuota") === "true") config.enforceQuota = true;
    if (this.take("skipACL") === "yes")
      throw new Error(`${this.path}: skipACL=yes cannot be done; remove it or the ACLs`);
    if (this.take("enforce.auth.enabled") === "true") {
      throw new Error(`${this.path}: enforce.auth.enabled cannot be done yet; remove it if clients may do without`);
    }
    if (this.take("reconfigEnabled") === "true") this.warn("reconfigEnabled: clients cannot change the ensemble yet");
    if (this.take("readonlymode.enabled") === "true")
      this.warn("readonlymode.enabled: a peer without a quorum serves nobody");
    if (this.take("localSessionsEnabled") === "true") this.warn("localSessionsEnabled: every session is a global one");
    const superDigest = this.take("DigestAuthenticationProvider.superDigest");
    if (superDigest !== undefined) config.superDigest = superDigest;
    for (const key of this.entries.keys()) {
      if (!key.startsWith("authProvider.") && key !== "authProvider") continue;
      const provider = this.take(key)!;
      if (!PROVIDERS.test(provider)) this.warn(`${key}=${provider}: digest, ip and x509 are there, this is not`);
    }
    if (this.take("forceSync") === "no") this.warn("forceSync=no: every write is synced nevertheless");
  }

  private readWords(): void {
    const words = this.take("4lw.commands.whitelist");
    if (words !== undefined) this.config.fourLetterWords = words.split(",").map((word) => word.trim());
  }

  private nameTheRest(): void {
    for (const key of this.entries.keys()) {
      if (!NEEDLESS.test(key)) this.warn(`${key} is not understood, and has no effect`);
    }
  }

  private take(name: string): string | undefined {
    const key = this.entries.has(name) ? name : `zookeeper.${name}`;
    const value = this.entries.get(key);
    this.entries.delete(key);
    return value;
  }

  private takeNumber(name: string, min: number, max: number): number | undefined {
    const text = this.take(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (/^-?\d+$/.test(text) && value >= min && value <= max) return value;
    throw new Error(`${this.path}: ${name}=${text} has to be an integer in ${min}..${max}`);
  }

  private warn(text: string): void {
    this.warnings.push(text);
  }
}
