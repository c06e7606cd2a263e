/**
 * Branded units. A brand costs nothing at run time; it stops a session id from being passed where a zxid
 * is meant. Each factory checks its range once, where a value is born; everywhere else the brand is the proof.
 */
declare const unit: unique symbol;
export type Branded<Value, Name extends string> = Value & { readonly [unit]: Name };

/**
 * A transaction id: `epoch * 2^32 + counter`, an exact integer in 0..2^53-1. Zxids compare as plain numbers.
 * Counter 0 is a position (the start of an epoch), never a transaction.
 */
export type Zxid = Branded<number, "Zxid">;

/** The number of a leadership, 0..2^21-1, so that every zxid of it is an exact number. */
export type Epoch = Branded<number, "Epoch">;

/** The id of an ensemble member, 1..254 (255 in the top byte of a session id would read as a TTL). */
export type PeerId = Branded<number, "PeerId">;

/** A session's 64 bits: the peer id in the top byte, below it the zxid of the session's create. Signed on the wire. */
export type SessionId = Branded<bigint, "SessionId">;

/** Milliseconds since the Unix epoch by the leader's wall clock, an integer. Only ever data, never a timer. */
export type WallTimeMs = Branded<number, "WallTimeMs">;

/** Milliseconds on a clock that never jumps; its zero is arbitrary. Durations and deadlines are made of it. */
export type MonotonicMs = Branded<number, "MonotonicMs">;

export const EPOCH_MAX: number = 2 ** 21 - 1;
export const COUNTER_MAX: number = 2 ** 32 - 1;
export const PEER_ID_MAX: number = 254;
export const ZXID_NONE: Zxid = 0 as Zxid;
/** The owner of what no session owns. */
export const SESSION_NONE: SessionId = 0n as SessionId;

const COUNTER_SPAN = 2 ** 32;

export function isZxid(value: unknown): value is Zxid {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

export function isEpoch(value: unknown): value is Epoch {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= EPOCH_MAX;
}

export function isPeerId(value: unknown): value is PeerId {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= PEER_ID_MAX;
}

/** @throws RangeError unless `epoch` is 0..2^21-1 and `counter` is 0..2^32-1, both integers. */
export function createZxid(epoch: number, counter: number): Zxid {
  if (!isEpoch(epoch)) throw new RangeError(`epoch must be an integer in 0..${EPOCH_MAX}, got ${epoch}`);
  if (!Number.isInteger(counter) || counter < 0 || counter > COUNTER_MAX) {
    throw new RangeError(`counter must be an integer in 0..${COUNTER_MAX}, got ${counter}`);
  }
  return (epoch * COUNTER_SPAN + counter) as Zxid;
}

export function epochOf(zxid: Zxid): Epoch {
  return Math.floor(zxid / COUNTER_SPAN) as Epoch;
}

export function counterOf(zxid: Zxid): number {
  return zxid % COUNTER_SPAN;
}

/**
 * The id of the session whose create is `zxid`, opened at `peerId`: unique with no clock and no counter,
 * since no zxid is used twice (design, decision 2).
 */
export function createSessionId(peerId: PeerId, zxid: Zxid): SessionId {
  return BigInt.asIntN(64, (BigInt(peerId) << 56n) | BigInt(zxid)) as SessionId;
}

/** `0x` and up to 16 hexadecimal digits, as ZooKeeper's tools print session ids. */
export function formatSessionId(sessionId: SessionId): string {
  return `0x${BigInt.asUintN(64, sessionId).toString(16)}`;
}

/** `0x` and the hexadecimal digits of the zxid, as ZooKeeper's tools print it. */
export function formatZxid(zxid: Zxid): string {
  return `0x${zxid.toString(16)}`;
}
