// Blocks as LevelDB lays them out, made by hand, so that they can be wrong.

export interface BlockEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** A user's key with the number and kind of a write behind it. */
export function internalKey(user: string, sequence: number, kind = 1): Uint8Array {
  const trailer = Buffer.alloc(8);
  trailer.writeBigUInt64LE((BigInt(sequence) << 8n) | BigInt(kind));
  return Buffer.concat([Buffer.from(user, "latin1"), trailer]);
}

/** Entries in the order in which they are given; every `interval` one shares nothing. */
export function encodeBlock(entries: readonly BlockEntry[], interval = 16): Buffer {
  const parts: Uint8Array[] = [];
  const restarts: number[] = [];
  let [sizeBytes, before]: [number, Uint8Array] = [0, new Uint8Array(0)];
  for (const [index, { key, value }] of entries.entries()) {
    const isRestart = index % interval === 0;
    if (isRestart) restarts.push(sizeBytes);
    let shared = 0;
    while (!isRestart && shared < Math.min(before.length, key.length) && before[shared] === key[shared]) shared++;
    const head = [shared, key.length - shared, value.length].flatMap(varint);
    const entry = Buffer.concat([Buffer.from(head), key.subarray(shared), value]);
    parts.push(entry);
    sizeBytes += entry.length;
    before = key;
  }
  return Buffer.concat([...parts, ...[...restarts, restarts.length].map(u32)]);
}

export function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
