/** An address of the memory network, `host:port` as text. */
export interface Address {
  readonly host: string;
  /** 0..65535; where 0 stands, a free port is asked for. */
  readonly port: number;
}

const PORT_MAX = 65_535;
/** Where the ports begin that nobody has asked for by number, as the operating systems do it. */
export const EPHEMERAL_PORT_MIN: number = 49_152;
export const EPHEMERAL_PORT_COUNT: number = PORT_MAX + 1 - EPHEMERAL_PORT_MIN;

export function isHost(text: string): boolean {
  return /^[^\s:]+$/.test(text);
}

/** Null for what is no address. */
export function parseAddress(text: string): Address | null {
  // It may come from where types are not checked.
  if (typeof text !== "string") return null;
  const match = /^([^\s:]+):(\d{1,5})$/.exec(text);
  if (match === null) return null;
  const [, host = "", digits] = match;
  const port = Number(digits);
  return port <= PORT_MAX ? { host, port } : null;
}

export function formatAddress({ host, port }: Address): string {
  return `${host}:${port}`;
}

/** What to say of what `parseAddress` gives null for, which may be anything. */
export function notAddress(text: unknown): string {
  return `${String(text)} is not host:port`;
}
