import { decodeTxn, type DecodedTxn } from "@coterie/core";
import { TAG_TXN } from "@coterie/consensus";
import {
  chainHash,
  formatSessionId,
  formatZxid,
  type LogBatch,
  type LogEntry,
  type LogPosition,
  SESSION_NONE,
} from "@coterie/interface";
import { JuteReader } from "@coterie/protocol";
import type { Database } from "../../disk/database.ts";
import type { Call, CommittedTxn, CreateMode } from "../../history/operation.ts";
import { Violation } from "../../invariants/invariant.ts";

interface Known {
  readonly entry: LogEntry;
  readonly before: LogPosition;
  /** The step in which a disk had it first: nobody can have been told of it before. */
  readonly step: number;
}

const FIELD_SIZE_MAX_BYTES = 2 ** 31 - 1;

/**
 * What the ensemble has decided, told by the disks and not by the peers: every entry that was ever synced, with the one before
 * it, and the commits that were written beside them.
 */
export class Truth {
  private readonly known = new Map<string, Known>();
  /** By zxid, the chain hash that a disk calls committed. */
  private readonly committed = new Map<number, number>();
  private readonly leaders = new Map<number, number>();
  private readonly committedOf = new Map<number, number>();

  /** A batch of peer `id` has become durable. @throws Violation */
  synced(id: number, step: number, batch: LogBatch, { entries, base, committed }: Database): void {
    for (const entry of batch.append ?? []) {
      const index = entries.findLastIndex(({ zxid }) => zxid === entry.zxid);
      if (index < 0) continue;
      const key = keyOf(entry);
      const { step: first } = this.known.get(key) ?? { step };
      this.known.set(key, { entry, before: entries[index - 1] ?? base, step: first });
    }
    const last = this.committedOf.get(id) ?? 0;
    if (committed <= last) return;
    this.committedOf.set(id, committed);
    for (let index = entries.length - 1; index >= 0; index--) {
      const { zxid, chainHash: hash } = entries[index]!;
      if (zxid > committed) continue;
      if (zxid <= last) break;
      const other = this.committed.get(zxid);
      if (other !== undefined && other !== hash) {
        throw new Violation("agreement", `peer ${id} commits another entry at ${formatZxid(zxid)} than others`);
      }
      this.committed.set(zxid, hash);
    }
  }

  /** The disk has lost what it held. */
  lost(id: number): void {
    this.committedOf.delete(id);
  }

  /** @throws Violation */
  leads(id: number, epoch: number): void {
    const other = this.leaders.get(epoch);
    if (other !== undefined && other !== id)
      throw new Violation("leadership", `${other} and ${id} lead epoch ${epoch}`);
    this.leaders.set(epoch, id);
  }

  /** By zxid, the step in which an entry of `log` was on a disk first. */
  stepsOf(log: readonly LogEntry[]): ReadonlyMap<number, number> {
    return new Map(log.map((entry) => [entry.zxid as number, this.known.get(keyOf(entry))?.step ?? 0]));
  }

  /** The log from its beginning to `last`; all that anybody has called committed is in it. @throws Violation */
  logTo(last: LogPosition): readonly LogEntry[] {
    const entries: LogEntry[] = [];
    for (let at = last; at.zxid > 0;) {
      const found = this.known.get(keyOf(at));
      if (found === undefined) throw new Violation("log-contiguous", `nobody has ever synced ${formatZxid(at.zxid)}`);
      const { entry, before } = found;
      if (chainHash(before.chainHash, entry.zxid, entry.tag, entry.bytes) !== entry.chainHash) {
        throw new Violation("log-contiguous", `the bytes of ${formatZxid(at.zxid)} are not what was logged`);
      }
      entries.push(entry);
      at = before;
    }
    entries.reverse();
    const hashes = new Map(entries.map((entry) => [entry.zxid as number, entry.chainHash as number]));
    for (const [zxid, hash] of this.committed) {
      if (hashes.get(zxid) === hash) continue;
      throw new Violation("acked-survives", `${formatZxid(zxid as LogPosition["zxid"])} was committed, and is gone`);
    }
    return entries;
  }
}

/** The log as the checkers of histories want it. */
export function txnsOf(log: readonly LogEntry[]): readonly CommittedTxn[] {
  const reader = new JuteReader(new Uint8Array(0), { fieldSizeMaxBytes: FIELD_SIZE_MAX_BYTES });
  return log.flatMap((entry) => (entry.tag === TAG_TXN ? [txnOf(entry, decodeTxn(reader, entry.bytes))] : []));
}

function txnOf({ zxid }: LogEntry, { header, txn }: DecodedTxn): CommittedTxn {
  const id = txn.kind === "createSession" || txn.kind === "closeSession" ? txn.id : header.sessionId;
  const sessionId = id === SESSION_NONE ? null : formatSessionId(id);
  return { zxid, operation: null, sessionId, calls: callsOf(txn), isError: txn.kind === "error" };
}

const decoder = new TextDecoder();

function callsOf(txn: DecodedTxn["txn"]): readonly Call[] {
  switch (txn.kind) {
    case "create": {
      // Containers and what has a TTL have no session's id there, which is positive.
      const isEphemeral = "owner" in txn && txn.owner > 0n;
      const mode: CreateMode = isEphemeral ? "ephemeral" : "persistent";
      return [{ kind: "create", path: txn.path, data: textOf(txn.data), mode }];
    }
    case "setData":
      return [{ kind: "set", path: txn.path, data: textOf(txn.data), version: -1 }];
    case "delete":
      return [{ kind: "delete", path: txn.path, version: -1 }];
    case "multi":
      return txn.txns.flatMap((inner) => callsOf(inner));
    case "closeSession":
      return [{ kind: "close-session" }];
    default:
      return [];
  }
}

function textOf(data: Uint8Array | null): string {
  return data === null ? "" : decoder.decode(data);
}

function keyOf({ zxid, chainHash: hash }: LogPosition): string {
  return `${zxid} ${hash}`;
}
