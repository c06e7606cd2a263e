import {
  CHAIN_HASH_NONE,
  type ChainHash,
  chainHash,
  epochOf,
  type LogEntry,
  type LogPosition,
  type PeerId,
  type Zxid,
  ZXID_NONE,
} from "@coterie/interface";
import { encodeEnsembleConfig, TAG_CONFIG, TAG_TXN, type Voter } from "../../src/index.ts";
import { zxid } from "./format-message.ts";

export const CLUSTER_ID = "cluster";
export const FOUNDING_ZXID: Zxid = zxid("0.1");
export const START: LogPosition = { zxid: ZXID_NONE, chainHash: CHAIN_HASH_NONE };

/** Of weight 1, all in one group. */
export function plainVoters(ids: readonly number[]): Voter[] {
  return ids.map((peer) => ({ peer: peer as PeerId, weight: 1, group: 1 }));
}

/**
 * The log of a founded cluster with these entries after the voter set. A text is "epoch.counter", or
 * "epoch.counter=what it says"; by default an entry says its own zxid, so equal zxids are equal entries.
 */
export function historyOf(voters: readonly Voter[], texts: readonly string[]): LogEntry[] {
  const bytes = encodeEnsembleConfig({ clusterId: CLUSTER_ID, voters });
  const first = entryAfter(START, FOUNDING_ZXID, TAG_CONFIG, bytes);
  return follow([first], texts);
}

/** `history` and what comes after it. */
export function follow(history: readonly LogEntry[], texts: readonly string[]): LogEntry[] {
  const entries = [...history];
  for (const text of texts) {
    const [where = "", says = where] = text.split("=");
    const previous = entries.at(-1) ?? START;
    entries.push(entryAfter(previous, zxid(where), TAG_TXN, new TextEncoder().encode(says)));
  }
  return entries;
}

export function entryAfter(previous: LogPosition, at: Zxid, tag: number, bytes: Uint8Array): LogEntry {
  const hash: ChainHash = chainHash(previous.chainHash, at, tag, bytes);
  return { zxid: at, tag, bytes, chainHash: hash };
}

export function positionOf(entry: LogPosition): LogPosition {
  return { zxid: entry.zxid, chainHash: entry.chainHash };
}

/** The last entry of each epoch. */
export function epochEndsOf(entries: readonly LogEntry[]): LogEntry[] {
  return entries.filter((entry, index) => {
    const next = entries[index + 1];
    return next === undefined || epochOf(next.zxid) !== epochOf(entry.zxid);
  });
}
