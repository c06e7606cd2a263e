import {
  CHAIN_HASH_NONE,
  chainHash,
  createZxid,
  type Epoch,
  type HardState,
  type LogEntry,
  type LogPosition,
  type PeerId,
  type Zxid,
  ZXID_NONE,
} from "@coterie/interface";

export const START: LogPosition = { zxid: ZXID_NONE, chainHash: CHAIN_HASH_NONE };

export const HARD_STATE: HardState = {
  clusterId: "test-cluster",
  peerId: 3 as PeerId,
  incarnation: 1,
  acceptedEpoch: 1 as Epoch,
  currentEpoch: 1 as Epoch,
  isAmnesiac: false,
};

export function zxid(epoch: number, counter: number): Zxid {
  return createZxid(epoch, counter);
}

/** An entry that leads on from `before`. */
export function entryAfter(before: LogPosition, at: Zxid, bytes: Uint8Array = Buffer.from(`txn ${at}`)): LogEntry {
  const tag = at % 7;
  return { zxid: at, tag, bytes, chainHash: chainHash(before.chainHash, at, tag, bytes) };
}

/** Entries that lead on from `before`, with the counters `from` to `to` of an epoch. */
export function entries(before: LogPosition, epoch: number, from: number, to: number): LogEntry[] {
  const made: LogEntry[] = [];
  let at = before;
  for (let counter = from; counter <= to; counter++) {
    const entry = entryAfter(at, zxid(epoch, counter));
    made.push(entry);
    at = entry;
  }
  return made;
}

export function positionOf({ zxid: at, chainHash: hash }: LogPosition): LogPosition {
  return { zxid: at, chainHash: hash };
}

/** Entries as plain values, whatever class their bytes have. */
export function plain(found: readonly LogEntry[]): unknown[] {
  return found.map(({ zxid: at, chainHash: hash, tag, bytes }) => ({ at, hash, tag, bytes: [...bytes] }));
}

export function page(text: string): Uint8Array {
  return Buffer.from(text);
}
