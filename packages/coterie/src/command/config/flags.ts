import { parseArgs } from "node:util";
import { checkWords, splitWords } from "./four-letter-words.ts";
import { readJsonConfig } from "./json-config.ts";
import { chooseSecurity, readSecret } from "./secret.ts";
import {
  type ClientPort,
  type PartialServeConfig,
  type ReadFile,
  type ServeConfig,
  SERVE_DEFAULTS,
  type Warning,
} from "./serve-config.ts";
import { readZooCfg } from "./zoo-cfg.ts";

export const SERVE_USAGE = `coterie serve: runs one peer until it is told to stop

  coterie serve --data-dir DIR                       one peer alone, ZooKeeper clients at 127.0.0.1:2181
  coterie serve --config zoo.cfg                     as a ZooKeeper configuration says
  coterie serve --config coterie.json                as a file in JSON says
  coterie serve --id 1 --peer 1=h1:2888 --peer 2=h2:2888 --peer 3=h3:2888 --data-dir DIR --secret-file FILE

  --config FILE        flags come before what it says
  --id N               this peer, 1..254
  --peer N=HOST:PORT   a voter, once for each
  --observer           this peer does not vote
  --listen HOST:PORT   where peers connect, if not at the own address
  --data-dir DIR       where the store is kept
  --memory             keep everything in memory, and lose it at the end
  --client-port N      for ZooKeeper clients (default 2181)
  --client-host HOST   where they may connect (default 127.0.0.1)
  --secret-file FILE   the ensemble's secret; or the environment variable COTERIE_SECRET
  --timing NAME        dedicated (default) or embedded
  --admin-socket PATH  where coterie backup, of the same user, may ask (default: nowhere)
  --4lw WORDS          four-letter words that are answered, by commas, or * (default srvr,ruok)
`;

const OPTIONS = {
  config: { type: "string" },
  id: { type: "string" },
  peer: { type: "string", multiple: true },
  observer: { type: "boolean" },
  listen: { type: "string" },
  "data-dir": { type: "string" },
  memory: { type: "boolean" },
  "client-port": { type: "string" },
  "client-host": { type: "string" },
  "secret-file": { type: "string" },
  timing: { type: "string" },
  "admin-socket": { type: "string" },
  "4lw": { type: "string" },
} as const;

/** For commands that take the same flags, and some of their own. */
export const SERVE_OPTIONS: typeof OPTIONS = OPTIONS;

const SUPER_DIGEST = /^[^:]+:[A-Za-z0-9+/]{27}=$/;

export interface ServeCommand {
  readonly config: ServeConfig;
  readonly warnings: readonly Warning[];
}

/**
 * What the arguments of `coterie serve` amount to, with the file that they name.
 *
 * @throws Error with a message for the operator.
 */
export function readServeCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  readFile: ReadFile,
): ServeCommand {
  const { values } = parseArgs({ args: [...args], options: OPTIONS, strict: true });
  const file = values.config === undefined ? { config: {}, warnings: [] } : readConfigFile(values.config, readFile);
  const config: PartialServeConfig = { ...file.config };
  if (values.id !== undefined) config.id = integer("--id", values.id, 1, 254);
  if (values.peer !== undefined) config.ensemble = readPeers(values.peer);
  if (values.observer === true) config.role = "observer";
  if (values.listen !== undefined) config.listen = values.listen;
  if (values["data-dir"] !== undefined) config.dataDir = readDirectory(values["data-dir"]);
  if (values.memory === true) config.dataDir = null;
  if (values.memory === true && values["data-dir"] !== undefined) {
    throw new Error("--memory and --data-dir do not go together: is the store to be kept or not?");
  }
  if (values["client-port"] !== undefined || values["client-host"] !== undefined || config.clientPorts === undefined) {
    config.clientPorts = [readClientPort(values["client-host"], values["client-port"])];
  }
  const security = readSecret(values["secret-file"], environment, readFile);
  if (security !== null) config.peerSecurity = chooseSecurity(config.peerSecurity, security);
  if (values.timing !== undefined) config.timing = readTiming(values.timing);
  if (values["admin-socket"] !== undefined) config.adminSocket = readSocketPath(values["admin-socket"]);
  if (values["4lw"] !== undefined) config.fourLetterWords = checkWords(splitWords(values["4lw"]), "--4lw").words;
  return { config: complete(config, values.memory === true), warnings: file.warnings };
}

function readConfigFile(path: string, readFile: ReadFile): ReturnType<typeof readJsonConfig> {
  return path.endsWith(".json") ? readJsonConfig(path, readFile) : readZooCfg(path, readFile);
}

function complete(config: PartialServeConfig, isInMemory: boolean): ServeConfig {
  const { id = 1, ensemble = { 1: "127.0.0.1:2888" } } = config;
  if (config.id === undefined && Object.keys(ensemble).length > 1)
    throw new Error("--id is missing: which peer is this?");
  if (config.role !== "observer" && ensemble[id] === undefined) {
    throw new Error(
      `peer ${id} is none of the voters ${Object.keys(ensemble).join(", ")}: name it, or give --observer`,
    );
  }
  if (typeof config.superDigest === "string" && !SUPER_DIGEST.test(config.superDigest)) {
    throw new Error("the superDigest is not of the form user:base64(sha1(user:password)): nobody could use it");
  }
  const whole: ServeConfig = { ...SERVE_DEFAULTS, ...config, id, ensemble };
  if (whole.dataDir === null && !isInMemory) {
    throw new Error("--data-dir is missing: where is the store to be kept? (--memory does without, and forgets)");
  }
  return whole;
}

function readPeers(texts: readonly string[]): Record<number, string> {
  const ensemble: Record<number, string> = {};
  for (const [id, address] of texts.map(readPeer)) {
    if (ensemble[id] !== undefined) throw new Error(`--peer names peer ${id} twice: ${ensemble[id]} and ${address}`);
    ensemble[id] = address;
  }
  return ensemble;
}

function readDirectory(path: string): string {
  if (path === "") throw new Error("--data-dir is empty: where is the store to be kept?");
  return path;
}

function readSocketPath(path: string): string {
  if (path === "") throw new Error("--admin-socket is empty: where is the socket to be?");
  return path;
}

function readPeer(text: string): [number, string] {
  const [, id, address] = /^(\d+)=(.+:\d+)$/.exec(text) ?? [];
  if (id === undefined || address === undefined) throw new Error(`--peer ${text} is not N=HOST:PORT`);
  return [integer("--peer", id, 1, 254), address];
}

function readClientPort(host: string | undefined, port: string | undefined): ClientPort {
  return { host: host ?? "127.0.0.1", port: integer("--client-port", port ?? "2181", 0, 65_535), tls: null };
}

function readTiming(text: string): "dedicated" | "embedded" {
  if (text === "dedicated" || text === "embedded") return text;
  throw new Error(`--timing ${text} is neither dedicated nor embedded`);
}

function integer(flag: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new Error(`${flag} ${text} has to be an integer in ${min}..${max}`);
}
