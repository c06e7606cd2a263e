import {
  type ChainHash,
  type CheckpointMark,
  type Epoch,
  isEpoch,
  isPeerId,
  isZxid,
  type LogPosition,
  type PeerId,
  type WallTimeMs,
} from "@coterie/interface";
import { damaged } from "./damaged.ts";

/** What a backup is of: the state that all peers had at `zxid`. */
export interface BackupHeader extends LogPosition {
  readonly clusterId: string;
  /** Whose store it was made of. */
  readonly peerId: PeerId;
  /** By the wall clock of that peer. */
  readonly madeAtMs: WallTimeMs;
  /** The highest that is known; no epoch below it begins any more. */
  readonly acceptedEpoch: Epoch;
  readonly currentEpoch: Epoch;
  /** The state machine's at `zxid`. */
  readonly digest: string;
  /** Which pages the backup holds; null for a log from its very first entry on. */
  readonly checkpoint: BackupCheckpoint | null;
}

export type BackupCheckpoint = LogPosition & Pick<CheckpointMark, "digest" | "pageCount">;

const TIME_MAX_MS = 8.64e15;
const PRINTABLE = /^[\x20-\x7e]{1,64}$/;

export function encodeHeader(header: BackupHeader): Buffer {
  return Buffer.from(JSON.stringify(header));
}

/** @throws CoterieError CHECKPOINT_CORRUPT */
export function decodeHeader(body: Buffer): BackupHeader {
  const found = parse(body);
  const { clusterId, peerId, madeAtMs, acceptedEpoch, currentEpoch, digest, checkpoint } = found;
  if (
    isText(clusterId) &&
    isPeerId(peerId) &&
    isTime(madeAtMs) &&
    isEpoch(acceptedEpoch) &&
    isEpoch(currentEpoch) &&
    isText(digest) &&
    isPosition(found) &&
    (checkpoint === null || isCheckpoint(checkpoint))
  ) {
    const { zxid, chainHash } = found;
    const mark = checkpoint === null ? null : markOnly(checkpoint);
    return { clusterId, peerId, madeAtMs, zxid, chainHash, acceptedEpoch, currentEpoch, digest, checkpoint: mark };
  }
  throw damaged("its header says nothing of use");
}

/** Nothing that this version does not know goes on from here. */
function markOnly({ zxid, chainHash, digest, pageCount }: BackupCheckpoint): BackupCheckpoint {
  return { zxid, chainHash, digest, pageCount };
}

function parse(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    const found: unknown = JSON.parse(body.toString("utf8"));
    if (typeof found === "object" && found !== null) return found as Readonly<Record<string, unknown>>;
  } catch {
    // Said below.
  }
  throw damaged("its header cannot be read");
}

/** One that a Date can show. */
function isTime(value: unknown): value is WallTimeMs {
  return Number.isSafeInteger(value) && Math.abs(value as number) <= TIME_MAX_MS;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && PRINTABLE.test(value);
}

function isPosition(value: object): value is LogPosition {
  const { zxid, chainHash } = value as Partial<Record<keyof LogPosition, unknown>>;
  return isZxid(zxid) && isChainHash(chainHash);
}

function isChainHash(value: unknown): value is ChainHash {
  return typeof value === "number" && (value | 0) === value;
}

function isCheckpoint(value: unknown): value is BackupCheckpoint {
  if (typeof value !== "object" || value === null || !isPosition(value)) return false;
  const { digest, pageCount } = value as Partial<Record<keyof BackupCheckpoint, unknown>>;
  return isText(digest) && Number.isSafeInteger(pageCount) && (pageCount as number) >= 0;
}
