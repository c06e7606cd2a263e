export const CLUSTER_ID_LENGTH_MAX = 64;

/** Whether `value` is 1..64 printable ASCII characters, each a byte wherever it is stored or sent. */
export function isClusterId(value: string): boolean {
  return /^[\x20-\x7e]{1,64}$/.test(value);
}
