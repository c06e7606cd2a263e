import type { ClientPort } from "./serve-config.ts";

/** A `server.N` line (operations 4). */
export interface ServerLine {
  readonly id: number;
  /** Of the port for peers: ZooKeeper's quorum port. */
  readonly host: string;
  readonly port: number;
  readonly role: "voter" | "observer";
  readonly client: ClientPort | null;
}

const HOST = String.raw`\[[0-9a-fA-F:.%]+\]|[^:;|\[\]\s]+`;
const SERVER = new RegExp(String.raw`^(${HOST}):(\d+):(\d+)(?::(participant|observer))?(\|[^;]*)?(?:;(.*))?$`, "i");
const CLIENT = new RegExp(String.raw`^(?:(${HOST}):)?(\d+)$`);

/**
 * `value` of the key `server.<id>`: `host:quorumPort:electionPort[:role][;[clientHost:]clientPort]`. The election port is not
 * used: one port serves both. Null if it is not understood.
 */
export function parseServerLine(id: number, value: string): ServerLine | null {
  const match = SERVER.exec(value);
  if (match === null) return null;
  const [, host = "", port = "", , role = "participant", , clientText] = match;
  let client: ClientPort | null = null;
  if (clientText !== undefined) {
    const found = CLIENT.exec(clientText.split(";")[0]!.trim());
    if (found === null) return null;
    client = { host: unbracket(found[1] ?? "0.0.0.0"), port: Number(found[2]), tls: null };
  }
  return {
    id,
    host: unbracket(host),
    port: Number(port),
    role: role.toLowerCase() === "observer" ? "observer" : "voter",
    client,
  };
}

/** Whether more addresses stand behind the first one. */
export function hasMoreAddresses(value: string): boolean {
  return value.split(";")[0]!.includes("|");
}

export function formatAddress(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function unbracket(host: string): string {
  return host.startsWith("[") ? host.slice(1, -1) : host;
}
