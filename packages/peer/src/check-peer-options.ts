import {
  checkInteger,
  checkOptions,
  checkTimeoutMs,
  CoterieError,
  type OptionKinds,
  shownOf,
} from "@coterie/interface";
import { BACKUP_BYTES_PER_SECOND_MIN } from "./limits.ts";
import type { Logger, PeerOptions, SessionLimits, ZooKeeperPortOptions } from "./options.ts";
import type { BackupOptions, OpenSessionOptions } from "./peer.ts";
import { REQUESTS_PER_SECOND_MIN } from "./zookeeper-port/request-rate.ts";
import { FOUR_LETTER_WORDS } from "./zookeeper-port/words/answer-word.ts";

const TIMEOUT_MAX_MS = 2 ** 31 - 1;
const LOGGER_METHODS: readonly (keyof Logger)[] = ["debug", "info", "warn", "error"];
const SUPER_DIGEST = /^[^:]+:[A-Za-z0-9+/]{27}=$/;

/** "any" is what is looked at below, or where the options are looked at together. */
const PEER: OptionKinds<PeerOptions> = {
  id: "any",
  ensemble: "any",
  role: "any",
  observerHosts: "any",
  listen: "string",
  storage: "any",
  transport: "any",
  timing: "any",
  zookeeper: "any",
  sessions: "object",
  logger: "any",
  limits: "object",
  extendedTypesEnabled: "boolean",
  enforceQuota: "boolean",
  superDigest: "any",
  clock: "object",
  random: "object",
};
const SESSIONS: OptionKinds<SessionLimits> = { tickMs: "number", timeoutMinMs: "number", timeoutMaxMs: "number" };
const PORT: OptionKinds<ZooKeeperPortOptions> = {
  transport: "any",
  address: "string",
  fourLetterWords: "any",
  connectionsPerIpMax: "any",
  connectionsMax: "any",
  sessionsMax: "any",
  requestsPerSecondMax: "any",
  keepsSessions: "boolean",
  frameSizeMaxBytes: "any",
};
const OPEN_SESSION: OptionKinds<OpenSessionOptions> = {
  sessionTimeoutMs: "any",
  deadlineMs: "any",
  signal: "any",
  chroot: "string",
};
const WAIT: OptionKinds<Pick<OpenSessionOptions, "signal" | "deadlineMs">> = { signal: "any", deadlineMs: "any" };

const BACKUP: OptionKinds<BackupOptions> = { bytesPerSecond: "any", signal: "any" };

/** What each of a peer's options is by itself. @throws CoterieError BAD_ARGUMENTS */
export function checkPeerOptions(options: PeerOptions): void {
  // The simulator draws these as well; they are no option of applications, to whom they are not named.
  const isSimulated = typeof options === "object" && options !== null && Object.hasOwn(options, "consensusLimits");
  checkOptions("createPeer", options, isSimulated ? { ...PEER, consensusLimits: "object" } : PEER);
  const { transport, logger, superDigest, sessions, zookeeper } = options;
  if (transport !== undefined) checkTransport("transport", transport);
  if (sessions !== undefined) checkOptions("sessions", sessions, SESSIONS);
  if (logger !== undefined) checkLogger(logger);
  if (superDigest !== undefined && !(typeof superDigest === "string" && SUPER_DIGEST.test(superDigest))) {
    throw bad("superDigest is not of the form user:base64(sha1(user:password)): nobody could use it");
  }
  if (zookeeper === undefined) return;
  if (!Array.isArray(zookeeper)) throw bad(`zookeeper is ${shownOf(zookeeper)}, and has to be an array of ports`);
  for (const port of zookeeper as readonly ZooKeeperPortOptions[]) checkPortOptions(port);
}

/** @throws CoterieError BAD_ARGUMENTS */
export function checkPortOptions(options: ZooKeeperPortOptions): void {
  checkOptions("a ZooKeeper port", options, PORT);
  const { transport, address, fourLetterWords, connectionsPerIpMax, connectionsMax, frameSizeMaxBytes } = options;
  const { sessionsMax, requestsPerSecondMax } = options;
  checkTransport("transport of a ZooKeeper port", transport);
  if (address === undefined) throw bad("a ZooKeeper port needs an address, in the form of its transport");
  if (fourLetterWords !== undefined) checkWords(fourLetterWords);
  checkCount("connectionsPerIpMax", connectionsPerIpMax, 0);
  checkCount("connectionsMax", connectionsMax, 0);
  checkCount("sessionsMax", sessionsMax, 0);
  if (requestsPerSecondMax !== 0) checkCount("requestsPerSecondMax", requestsPerSecondMax, REQUESTS_PER_SECOND_MIN);
  checkCount("frameSizeMaxBytes", frameSizeMaxBytes, 1);
}

/** @throws CoterieError BAD_ARGUMENTS */
export function checkOpenSessionOptions(options: OpenSessionOptions): void {
  checkOptions("openSession", options, OPEN_SESSION);
  checkCount("sessionTimeoutMs", options.sessionTimeoutMs, 1);
  checkWaiting(options);
}

/** @throws CoterieError BAD_ARGUMENTS */
export function checkReadyOptions(options: Pick<OpenSessionOptions, "signal" | "deadlineMs">): void {
  checkOptions("ready", options, WAIT);
  checkWaiting(options);
}

/** @throws CoterieError BAD_ARGUMENTS */
export function checkBackupOptions(options: BackupOptions): void {
  checkOptions("backup", options, BACKUP);
  const { bytesPerSecond, signal } = options;
  if (bytesPerSecond !== undefined)
    checkInteger("bytesPerSecond", bytesPerSecond, BACKUP_BYTES_PER_SECOND_MIN, Number.MAX_SAFE_INTEGER);
  checkSignal(signal);
}

function checkWaiting({ deadlineMs, signal }: Pick<OpenSessionOptions, "signal" | "deadlineMs">): void {
  if (deadlineMs !== undefined) checkTimeoutMs("deadlineMs", deadlineMs);
  checkSignal(signal);
}

function checkSignal(signal: AbortSignal | undefined): void {
  if (signal !== undefined && typeof signal?.addEventListener !== "function") {
    throw bad(`signal is ${shownOf(signal)}, and has to be an AbortSignal`);
  }
}

function checkTransport(name: string, transport: PeerOptions["transport"]): void {
  if (typeof transport?.listen === "function" && typeof transport.dial === "function") return;
  const hint = typeof transport === "function" ? ": call it, as tcp()" : "";
  throw bad(`${name} is ${shownOf(transport)}, and has to be a Transport${hint}`);
}

function checkLogger(logger: Logger): void {
  const missing = LOGGER_METHODS.filter((method) => typeof logger?.[method] !== "function");
  if (missing.length === 0) return;
  throw bad(`logger is ${shownOf(logger)} without ${missing.join(", ")}: give a logger of pino's shape`);
}

function checkWords(words: readonly string[]): void {
  if (!Array.isArray(words)) throw bad(`fourLetterWords is ${shownOf(words)}, and has to be an array of words`);
  const unknown = words.find((word) => word !== "*" && !FOUR_LETTER_WORDS.includes(word as string)) as unknown;
  if (unknown === undefined) return;
  throw bad(`fourLetterWords has ${shownOf(unknown)}, and there are ${FOUR_LETTER_WORDS.join(", ")}, or *`);
}

function checkCount(name: string, value: unknown, min: number): void {
  if (value !== undefined) checkInteger(name, value, min, TIMEOUT_MAX_MS);
}

function bad(message: string): CoterieError {
  return new CoterieError("BAD_ARGUMENTS", message);
}
