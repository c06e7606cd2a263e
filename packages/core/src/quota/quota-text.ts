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

const UNSET = -1;
const NUMBER = /^[+-]?\d{1,15}$/;

/** Any bytes are read: what is no number counts as unset, so that no client can stop a peer by its text. */
export function parseQuota(data: Uint8Array | null): QuotaNumbers {
  const values = new Map<string, number>();
  for (const pair of asciiOf(data).split(/[,;]+/)) {
    const [key, value] = pair.split("=");
    if (key !== undefined && value !== undefined && NUMBER.test(value)) values.set(key, Number(value));
  }
  return {
    count: values.get("count") ?? UNSET,
    bytes: values.get("bytes") ?? UNSET,
    countHardLimit: values.get("countHardLimit") ?? UNSET,
    byteHardLimit: values.get("byteHardLimit") ?? UNSET,
  };
}

/** Usage with `count` and `bytes` put in and whatever else `data` says kept. */
export function formatUsage(data: Uint8Array | null, count: number, bytes: number): Uint8Array {
  const { countHardLimit, byteHardLimit } = parseQuota(data);
  let text = `count=${count},bytes=${bytes}`;
  if (byteHardLimit !== UNSET || countHardLimit !== UNSET) text += "=";
  if (byteHardLimit !== UNSET) text += `;byteHardLimit=${byteHardLimit}`;
  if (countHardLimit !== UNSET) text += `;countHardLimit=${countHardLimit}`;
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Only the first bytes can matter; a longer text is no quota. */
const TEXT_SIZE_MAX_BYTES = 256;

function asciiOf(data: Uint8Array | null): string {
  if (data === null || data.length > TEXT_SIZE_MAX_BYTES) return "";
  return String.fromCharCode(...data);
}
