import { dirname, isAbsolute, join } from "node:path";
import { parseProperties } from "./properties.ts";
import { readNamed } from "./read-named.ts";
import type { ClientPort, PartialServeConfig, ReadConfig, ReadFile, TlsFiles } from "./serve-config.ts";
import { checkWords, splitWords } from "./four-letter-words.ts";
import { formatAddress, hasMoreAddresses, parseServerLine, type ServerLine } from "./server-line.ts";
import { judgeSecurity, parseFlag } from "./zoo-cfg-security.ts";

/** Keys that say how ZooKeeper does what Coterie does by itself. Nothing is lost by leaving them out. */
const NEEDLESS =
  /^(autopurge\..*|snapCount|snapSizeLimitInKb|commitLogCount|preAllocSize|txnLogSizeLimitInKb|snapshot\..*|db\.autocreate|dataLogDir|fsync\.warningthresholdms|electionAlg|cnxTimeout|connectToLearnerMasterLimit|leaderServes|standaloneEnabled|clientPortListenBacklog|globalOutstandingLimit|syncEnabled|jvm\.pause\..*|initLimit|maxResponseCacheSize|maxGetChildrenResponseCacheSize|group\.\d+|serverCnxnFactory|quorum\.cnxn\.threads\.size|localSessionsUpgradingEnabled)$/;

/** Providers that are always there. */
const PROVIDERS = /^org\.apache\.zookeeper\.server\.auth\.(Digest|IP|X509)AuthenticationProvider$/;

/**
 * A ZooKeeper configuration file (operations 4). What is not understood is named in a warning; what would change who may read or
 * write what, and cannot be done, is an error.
 *
 * @throws Error with a message for the operator, or of `readFile`.
 */
export function readZooCfg(path: string, readFile: ReadFile): ReadConfig {
  const entries = parseProperties(readNamed(path, "the configuration", readFile));
  const warnings: string[] = [];
  const dynamicFile = entries.get("dynamicConfigFile");
  if (dynamicFile !== undefined) {
    const dynamicPath = isAbsolute(dynamicFile) ? dynamicFile : join(dirname(path), dynamicFile);
    for (const [key, value] of parseProperties(
      readNamed(dynamicPath, "the file that dynamicConfigFile names", readFile),
    )) {
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
    if (dataDir === undefined || dataDir === "")
      throw new Error(`${this.path}: dataDir is missing; say where the store is to be kept`);
    // Beside ZooKeeper's own version-2, which is neither read nor touched.
    config.dataDir = join(dataDir, "coterie");
    this.readEnsemble(dataDir);
    this.readClientPorts();
    this.readPeerSecurity();
    this.readNumbers();
    this.readFlags();
    this.readWords();
    this.judgeSecurity();
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
    const isObserver = this.isObserver();
    const listensEverywhere = this.takeFlag("quorumListenOnAllIPs") === true;
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
    const observers = servers.filter(({ role }) => role === "observer");
    if (observers.length > 0) this.config.observerHosts = [...new Set(observers.map(({ host }) => host))];
    if (listensEverywhere) this.config.listen = formatAddress("0.0.0.0", own.port);
    if (own.client !== null) this.config.clientPorts = [own.client];
    this.warn(
      "of each server line the first port is used, for all that peers say to each other; the election port is not",
    );
  }

  private isObserver(): boolean {
    const type = (this.take("peerType") ?? "participant").toLowerCase();
    if (type === "observer" || type === "participant") return type === "observer";
    throw new Error(`${this.path}: peerType=${type} has to be participant or observer`);
  }

  private readMyId(dataDir: string): number {
    const path = join(dataDir, "myid");
    const text = readNamed(path, "the file that holds the number of this server", this.readFile).trim();
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
    const isSecure = this.takeFlag("sslQuorum");
    const files = this.takeTls("ssl.quorum.");
    if (isSecure === undefined && files !== null) {
      throw new Error(`${this.path}: ssl.quorum.* has no effect without sslQuorum: say true, or false for plain text`);
    }
    if (isSecure !== true) return;
    if (files === null) {
      throw new Error(`${this.path}: sslQuorum needs ssl.quorum.keyStore.location and ssl.quorum.trustStore.location`);
    }
    this.config.peerSecurity = { kind: "certificate", files };
  }

  /** PEM alone: a key store in one file holds certificate and key. */
  private takeTls(prefix: string): TlsFiles | null {
    const [keyStore, trustStore] = (["keyStore", "trustStore"] as const).map((store) => {
      const file = this.take(`${prefix}${store}.location`);
      const isPem = /^pem$/i.test(this.entries.get(`${prefix}${store}.type`) ?? "");
      if (file !== undefined && !isPem && !file.endsWith(".pem"))
        throw new Error(`${this.path}: ${pemAdvice(store, file)}`);
      return file;
    });
    if (keyStore === undefined || trustStore === undefined) return null;
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
    config.extendedTypesEnabled = this.takeFlag("extendedTypesEnabled") === true;
    if (this.takeFlag("enforceQuota") === true) config.enforceQuota = true;
    if (this.takeFlag("reconfigEnabled") === true) this.warn("reconfigEnabled: clients cannot change the ensemble yet");
    if (this.takeFlag("readonlymode.enabled") === true)
      this.warn("readonlymode.enabled: a peer without a quorum serves nobody");
    if (this.takeFlag("localSessionsEnabled") === true)
      this.warn("localSessionsEnabled: every session is a global one");
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
    const text = this.take("4lw.commands.whitelist");
    if (text === undefined) return;
    const { words, warnings } = checkWords(splitWords(text), `${this.path}: 4lw.commands.whitelist`);
    this.config.fourLetterWords = words;
    this.warnings.push(...warnings);
  }

  /** Of what is left: security settings that `ZooCfg` does not carry out. */
  private judgeSecurity(): void {
    for (const [key, value] of this.entries) {
      const judgement = judgeSecurity(key.replace(/^zookeeper\./, ""), value);
      if (judgement === undefined) continue;
      this.entries.delete(key);
      if (judgement === null) continue;
      if ("error" in judgement) throw new Error(`${this.path}: ${key}=${shown(key, value)}: ${judgement.error}`);
      this.warn(`${key}: ${judgement.warning}`);
    }
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

  /** As ZooKeeper reads them: a value that is neither true nor false is a mistake. */
  private takeFlag(name: string): boolean | undefined {
    const text = this.take(name);
    if (text === undefined) return undefined;
    const value = parseFlag(text);
    if (value === null) throw new Error(`${this.path}: ${name}=${text} has to be true or false`);
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

function shown(key: string, value: string): string {
  return /password/i.test(key) ? "…" : value;
}

function pemAdvice(store: "keyStore" | "trustStore", file: string): string {
  const steps =
    store === "keyStore"
      ? `keytool -importkeystore -srckeystore ${file} -destkeystore store.p12 -deststoretype PKCS12, then openssl pkcs12 -in store.p12 -nodes -out key.pem`
      : `keytool -exportcert -rfc -keystore ${file} -alias NAME -file trust.pem, for each authority`;
  return `${file} has to be PEM, with a name that ends in .pem or with ${store}.type=PEM: ${steps}`;
}
