/**
 * The text of limits and usage (semantics 2.5): `count=N,bytes=M`, and where hard limits are set
 * `=;byteHardLimit=B;countHardLimit=C` behind it. A value that is not set reads as -1.
 */
export interface QuotaNumbers {
  readonly count: number;
  readonly bytes: number;
  readonly countHardLimit: number;
  readonly byteHardLimit: number;
}

const COUNT = "count";
const BYTES = "bytes";
const UNSET = -1;
const NUMBER = /^[+-]?\d{1,15}$/;

/** Any bytes are read: what is no number counts as unset, so that no client can stop a peer by its text. */
export function parseQuota(data: Uint8Array | null): QuotaNumbers {
  const pairs = pairsOf(data);
  return {
    count: pairs.get(COUNT) ?? UNSET,
    bytes: pairs.get(BYTES) ?? UNSET,
    countHardLimit: pairs.get("countHardLimit") ?? UNSET,
    byteHardLimit: pairs.get("byteHardLimit") ?? UNSET,
  };
}

/**
 * Usage with `count` and `bytes` put in and whatever else `data` says kept, sorted, behind a `=` as ZooKeeper has it.
 * What would make the text too long to be read again is left out.
 */
export function formatUsage(data: Uint8Array | null, count: number, bytes: number): Uint8Array {
  const usage = `${COUNT}=${count},${BYTES}=${bytes}`;
  const pairs = pairsOf(data);
  const others = [...pairs.keys()].filter((key) => key !== COUNT && key !== BYTES).toSorted();
  const rest = others.map((key) => `;${key}=${pairs.get(key)}`).join("");
  const isKept = rest !== "" && usage.length + 1 + rest.length <= TEXT_SIZE_MAX_BYTES;
  return Uint8Array.from(isKept ? `${usage}=${rest}` : usage, (character) => character.charCodeAt(0));
}

function pairsOf(data: Uint8Array | null): Map<string, number> {
  const pairs = new Map<string, number>();
  for (const pair of asciiOf(data).split(/[,;]+/)) {
    const [key, value] = pair.split("=");
    if (key !== undefined && value !== undefined && NUMBER.test(value)) pairs.set(key, Number(value));
  }
  return pairs;
}

/** Only the first bytes can matter; a longer text is no quota. */
const TEXT_SIZE_MAX_BYTES = 256;

function asciiOf(data: Uint8Array | null): string {
  if (data === null || data.length > TEXT_SIZE_MAX_BYTES) return "";
  return String.fromCharCode(...data);
}
