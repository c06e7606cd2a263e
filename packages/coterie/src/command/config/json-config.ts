import type { ClientPort, PartialServeConfig, PeerSecurity, ReadConfig, ReadFile, TlsFiles } from "./serve-config.ts";
import { checkWords } from "./four-letter-words.ts";
import { readNamed } from "./read-named.ts";

type Check = (value: unknown, name: string) => unknown;

const SEPARATOR = ".";

/** One check a field: what it returns is the value. */
const FIELDS: Readonly<Record<string, Check>> = {
  id: integer(1, 254),
  ensemble: checkEnsemble,
  role: oneOf("voter", "observer"),
  observerHosts: list(text),
  listen: hostAndPort,
  dataDir: text,
  clientPorts: list(checkClientPort),
  peerSecurity: checkPeerSecurity,
  timing: oneOf("embedded", "dedicated"),
  tickMs: integer(1, 2 ** 31 - 1),
  sessionTimeoutMinMs: integer(1, 2 ** 31 - 1),
  sessionTimeoutMaxMs: integer(1, 2 ** 31 - 1),
  connectionsPerIpMax: integer(0, 2 ** 31 - 1),
  connectionsMax: integer(0, 2 ** 31 - 1),
  sessionsMax: integer(0, 2 ** 31 - 1),
  requestsPerSecondMax: integer(0, 2 ** 31 - 1),
  frameSizeMaxBytes: integer(1, 2 ** 30),
  adminSocket: text,
  fourLetterWords: (value, name) => checkWords(list(text)(value, name) as string[], name).words,
  superDigest: text,
  extendedTypesEnabled: flag,
  enforceQuota: flag,
};

/**
 * A configuration in JSON: an object with the fields of `ServeConfig`. A field that is none is an error.
 *
 * @throws Error with a message for the operator, or of `readFile`.
 */
export function readJsonConfig(path: string, readFile: ReadFile): ReadConfig {
  let value: unknown;
  const source = readNamed(path, "the configuration", readFile);
  try {
    value = JSON.parse(source);
  } catch (error) {
    throw new Error(`${path} is no JSON: ${(error as Error).message}`, { cause: error });
  }
  try {
    return { config: checkFields(value), warnings: [] };
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

function checkFields(value: unknown): PartialServeConfig {
  const config: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(object(value, "the file"))) {
    const check = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
    if (check === undefined) throw new Error(`${name} is none of the fields ${Object.keys(FIELDS).join(", ")}`);
    config[name] = check(field, name);
  }
  return config;
}

function checkEnsemble(value: unknown, name: string): Readonly<Record<number, string>> {
  const ensemble: Record<number, string> = {};
  for (const [id, address] of Object.entries(object(value, name))) {
    const number = integer(1, 254)(Number(id), `the peer ${id} in ${name}`) as number;
    ensemble[number] = hostAndPort(address, `${name}${SEPARATOR}${id}`);
  }
  return ensemble;
}

function checkClientPort(value: unknown, name: string): ClientPort {
  const { host = "127.0.0.1", port, tls = null, ...rest } = object(value, name);
  refuseRest(rest, name);
  return {
    host: text(host, `${name}.host`),
    port: integer(0, 65_535)(port, `${name}.port`) as number,
    tls: tls === null ? null : checkTlsFiles(tls, `${name}.tls`),
  };
}

function checkPeerSecurity(value: unknown, name: string): PeerSecurity {
  const { kind, ...rest } = object(value, name);
  if (kind === "none") {
    refuseRest(rest, name);
    return { kind };
  }
  if (kind === "secret") {
    const { secret, ...more } = rest;
    refuseRest(more, name);
    return { kind, secret: text(secret, `${name}.secret`) };
  }
  if (kind === "certificate") {
    const { files, ...more } = rest;
    refuseRest(more, name);
    return { kind, files: checkTlsFiles(files, `${name}.files`) };
  }
  throw new Error(`${name}.kind has to be "none", "secret" or "certificate"`);
}

function checkTlsFiles(value: unknown, name: string): TlsFiles {
  const { certificate, key, authorities, ...rest } = object(value, name);
  refuseRest(rest, name);
  return {
    certificate: text(certificate, `${name}.certificate`),
    key: text(key, `${name}.key`),
    authorities: text(authorities, `${name}.authorities`),
  };
}

function refuseRest(rest: object, name: string): void {
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw new Error(`${name} has no field ${unknown}`);
}

function object(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Error(`${name} has to be an object`);
  return value as Record<string, unknown>;
}

function text(value: unknown, name: string): string {
  if (typeof value !== "string" || value === "") throw new Error(`${name} has to be text`);
  return value;
}

function hostAndPort(value: unknown, name: string): string {
  const address = text(value, name);
  if (!/^.+:\d+$/.test(address)) throw new Error(`${name} is ${address}, and has to be HOST:PORT`);
  return address;
}

function flag(value: unknown, name: string): boolean {
  if (typeof value !== "boolean") throw new Error(`${name} has to be true or false`);
  return value;
}

function integer(min: number, max: number): Check {
  return (value, name) => {
    if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value;
    throw new Error(`${name} has to be an integer in ${min}..${max}`);
  };
}

function oneOf(...values: readonly string[]): Check {
  return (value, name) => {
    if (values.includes(value as string)) return value;
    throw new Error(`${name} has to be one of ${values.join(", ")}`);
  };
}

function list(check: Check): Check {
  return (value, name) => {
    if (!Array.isArray(value)) throw new Error(`${name} has to be a list`);
    return value.map((item, index) => check(item, `${name}[${index}]`));
  };
}
