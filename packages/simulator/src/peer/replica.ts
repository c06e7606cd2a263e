import {
  type CoreStateMachine,
  createStateMachine,
  Restore,
  type Applied,
  type StateMachineOptions,
} from "@coterie/core";
import { TAG_CONFIG } from "@coterie/consensus";
import {
  assert,
  formatSessionId,
  type LogEntry,
  type LogPosition,
  type PeerId,
  type RecoveredLog,
  SESSION_NONE,
  ZXID_NONE,
  positionOf,
} from "@coterie/interface";
import { type Database, LOG_START } from "../disk/database.ts";
import type { StoredPages } from "../disk/stored-pages.ts";
import type { Call, CommittedTxn } from "../history/operation.ts";
import { finalCall } from "./calls.ts";
import type { PeerHost } from "./peer-host.ts";

/** A peer's state machine, and where in the log it stands. */
export class Replica {
  machine: CoreStateMachine;
  position: LogPosition;
  private readonly host: PeerHost;
  private readonly peer: PeerId;
  private readonly life: number;
  private readonly options: StateMachineOptions;

  constructor(host: PeerHost, peer: PeerId, life: number) {
    this.host = host;
    this.peer = peer;
    this.life = life;
    this.options = { limits: { txnSizeMaxBytes: host.options.limits.txnSizeMaxBytes } };
    this.machine = createStateMachine(this.options);
    this.position = LOG_START;
  }

  /** From the checkpoint, if there is one, and the log up to what is committed and can be read. */
  recover(found: RecoveredLog, database: Database): void {
    if (found.kind === "blank") return;
    if (database.checkpoint !== null) this.restore(database.checkpoint);
    const firstFault = found.faults[0]?.after.zxid ?? Infinity;
    for (const entry of database.entries) {
      if (entry.zxid > found.committed || entry.zxid > firstFault) break;
      // Committed, and perhaps not yet applied by anybody before the crash.
      if (entry.zxid > this.position.zxid) this.tell(this.apply(entry));
    }
  }

  /** @throws CoterieError CHECKPOINT_CORRUPT */
  restore({ stored, pages, damaged }: StoredPages): void {
    assert(damaged.size === 0, "a damaged checkpoint is not restored");
    const restore = new Restore(this.options);
    for (const page of pages) restore.addPage(page);
    while (restore.step());
    this.machine = restore.finish({ zxid: stored.zxid, digest: stored.digest });
    this.machine.checkpoints.resume(stored.baseSizeBytes, stored.deltasSizeBytes);
    this.position = positionOf(stored);
  }

  apply(entry: LogEntry): Applied {
    const bytes = entry.tag === TAG_CONFIG ? this.host.configTxn(entry.bytes) : entry.bytes;
    const applied = this.machine.apply(entry.zxid, bytes);
    this.position = entry;
    return applied;
  }

  /** What stands in the log behind the checkpoint, or else what the state machine says it is. */
  config(database: Database): Uint8Array | null {
    for (let index = database.entries.length - 1; index >= 0; index--) {
      const entry = database.entries[index]!;
      if (entry.tag === TAG_CONFIG && !database.unreadable.has(entry.zxid)) return entry.bytes;
    }
    const context = { sessionId: SESSION_NONE, identities: [], watcher: 0 };
    const answer = this.machine.read({ kind: "getData", path: "/zookeeper/config", watch: false }, context);
    if (answer.kind !== "getData" || answer.data === null || answer.data.length === 0) return null;
    return answer.stat.mzxid === ZXID_NONE ? null : answer.data.slice();
  }

  /** The txn as the checkers of histories want to hear of it. */
  tell({ zxid, header, outcome }: Applied): void {
    if (zxid <= this.host.lastCommittedZxid()) return;
    const request = this.host.book.ofCxid(header.cxid);
    const operation = request?.operation ?? null;
    const isError = outcome.kind === "error";
    const calls: Call[] = [];
    if (!isError && operation !== null) calls.push(finalCall(operation.call, outcome));
    else if (outcome.kind === "closeSession") calls.push({ kind: "close-session" });
    const ownId = outcome.kind === "createSession" || outcome.kind === "closeSession" ? outcome.id : header.sessionId;
    const sessionId = ownId === SESSION_NONE ? null : formatSessionId(ownId);
    const txn: CommittedTxn = { zxid, operation: operation?.id ?? null, sessionId, calls, isError };
    this.host.committed(txn);
    const isAttached = !isError && (request?.kind === "open" || request?.kind === "attach");
    if (!isAttached || sessionId === null || request.served === null) return;
    const { number: connection, client } = request.served.connection;
    const { peer, life } = this;
    this.host.observe({ kind: "attached", peer, life, zxid, sessionId, client: client.client, connection });
  }
}
