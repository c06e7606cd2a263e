import {
  assert,
  SESSION_NONE,
  type SessionId,
  type StateMachine,
  type WallTimeMs,
  type Zxid,
} from "@coterie/interface";
import { JuteReader, JuteWriter } from "@coterie/protocol";
import { OPEN_ACL } from "./acl/acl-table.ts";
import type { AuthId } from "./acl/auth-id.ts";
import { isPermitted } from "./acl/permissions.ts";
import { type ApplyScope, applyTxn } from "./apply/apply-txn.ts";
import type { Applied } from "./apply/outcome.ts";
import { StateCheckpoints } from "./checkpoint/checkpoints.ts";
import { CORE_LIMITS_DEFAULT, type CoreLimits } from "./limits.ts";
import { PendingState } from "./prepare/pending-state.ts";
import { errorTxn, prepareTxn } from "./prepare/prepare.ts";
import type { PrepareScope } from "./prepare/prepare-scope.ts";
import { txnSizeMaxOf } from "./prepare/txn-size.ts";
import type { PrepareContext, WriteRequest } from "./prepare/write-request.ts";
import { createQuotaCheck } from "./quota/quota-check.ts";
import {
  read,
  readAll,
  type ReadContext,
  type ReadError,
  type ReadRequest,
  type ReadResponse,
  type ReadScope,
} from "./read/reads.ts";
import type { Session } from "./session/session-table.ts";
import { createEmptyState, type State, type StateOptions } from "./state.ts";
import { createSystemZnodes } from "./tree/system-znodes.ts";
import { decodeTxn, encodeTxn } from "./txn/txn-codec.ts";
import type { WatcherId, WatchEvent } from "./watch/watch-event.ts";
import { answerWatchRequest, type WatchAnswer, type WatchRequest } from "./watch/watch-requests.ts";
import { Watches } from "./watch/watches.ts";

export interface StateMachineOptions extends StateOptions {
  /** Whether TTL modes are allowed (ZooKeeper's extendedTypesEnabled). Default: true. */
  readonly extendedTypesEnabled?: boolean;
  /** Whether hard quotas refuse writes (ZooKeeper's enforceQuota). Default: false. */
  readonly enforceQuota?: boolean;
  readonly limits?: Partial<CoreLimits>;
}

/** Txns are written into shared chunks of about this size: a buffer of its own would cost more than the txn. */
const TXN_CHUNK_SIZE_BYTES = 64 * 1024;
const TXN_SIZE_USUAL_BYTES = 1024;

/**
 * Pages of records that stay free for writes in flight and for peers whose pages are filled less well: to run out of
 * them while applying would stop every peer, at each start again. What shrinks a znode moves it, and may use half.
 */
const PAGES_RESERVED = 8192;
const PAGES_RESERVED_FOR_MOVES = PAGES_RESERVED / 2;

export interface StateStatistics {
  /** The root included. */
  readonly znodeCount: number;
  readonly dataSizeBytes: number;
  /** Bytes of the buffers that hold the tree. */
  readonly bufferSizeBytes: number;
  readonly sessionCount: number;
  /** Over both tables: a path watched for data and for children counts twice. */
  readonly watchedPathCount: number;
  readonly watcherCount: number;
}

/**
 * ZooKeeper's data model as a state machine: requests in, txns out (`prepare`); txns in, outcomes and watch
 * events out (`apply`); reads in, answers out. It has no clock, no randomness and does no I/O, and it is not
 * re-entrant. Two machines that have applied the same txns have the same `digest`.
 */
export class CoreStateMachine implements StateMachine<WriteRequest, PrepareContext, Applied> {
  /** Checkpoints of the state, written in bounded steps while txns go on. */
  readonly checkpoints: StateCheckpoints;
  private readonly state: State;
  private readonly rooms: ApplyScope & ReadScope;
  private readonly scope: PrepareScope;
  private readonly limits: CoreLimits;
  private readonly reader = new JuteReader(new Uint8Array(0), { fieldSizeMaxBytes: 2 ** 31 - 1 });
  private readonly writer = new JuteWriter({ capacityBytes: TXN_CHUNK_SIZE_BYTES });
  private lastPreparedZxid: Zxid;

  constructor(state: State, options: StateMachineOptions) {
    const limits = { ...CORE_LIMITS_DEFAULT, ...options.limits };
    this.state = state;
    this.limits = limits;
    this.lastPreparedZxid = state.zxid;
    const { tree, acls, sessions, quotas, reap } = state;
    this.rooms = {
      tree,
      acls,
      sessions,
      quotas,
      reap,
      watches: new Watches(limits),
      isPermitted,
      multiReadSizeMaxBytes: limits.multiReadSizeMaxBytes,
    };
    this.checkpoints = new StateCheckpoints(state);
    const pending = new PendingState(tree, acls);
    this.scope = {
      pending,
      isPermitted,
      isSessionOpen: (id) =>
        id === SESSION_NONE || (!pending.isClosing(id) && (sessions.has(id) || pending.isOpening(id))),
      quotas: createQuotaCheck(quotas, options.enforceQuota ?? false),
      extendedTypesEnabled: options.extendedTypesEnabled ?? true,
      aclEntriesMax: limits.aclEntriesMax,
      hasRoomForAcl: (acl) => acl === OPEN_ACL || acls.sizeBytes < limits.aclsSizeMaxBytes || acls.has(acl),
      hasRoom: (growth) =>
        growth > 0
          ? tree.pagesLeft >= PAGES_RESERVED && tree.bufferSizeBytes < limits.treeSizeMaxBytes
          : tree.pagesLeft >= PAGES_RESERVED_FOR_MOVES,
    };
  }

  /** The last txn applied. Every reply carries it, or the zxid of its own write. */
  get lastAppliedZxid(): Zxid {
    return this.state.zxid;
  }

  /** 16 hexadecimal digits: equal wherever the same txns were applied (docs/state-digest.md). */
  get digest(): string {
    return this.state.digest.toString();
  }

  get statistics(): StateStatistics {
    const { tree, watches } = this.rooms;
    return {
      znodeCount: tree.size,
      dataSizeBytes: tree.dataSizeBytes,
      bufferSizeBytes: tree.bufferSizeBytes,
      sessionCount: this.sessionCount,
      watchedPathCount: watches.counts.paths,
      watcherCount: watches.counts.watchers,
    };
  }

  /**
   * Turns a request into the bytes of a txn, against the committed state and everything prepared before it. A
   * request that fails gives a txn too, one that says so. For whoever leads.
   *
   * The bytes are a view of a chunk that is never written again: they may be kept and sent as they are. Buffers
   * in `request` are copied.
   */
  prepare(request: WriteRequest, context: PrepareContext): Uint8Array {
    const { zxid } = context;
    assert(zxid > this.lastPreparedZxid && zxid > this.state.zxid, "txns are prepared in zxid order");
    this.lastPreparedZxid = zxid;
    const isTooLarge = this.isTxnTooLarge(request, context.identities);
    const start = this.writer.size;
    const txn = isTooLarge ? errorTxn("BAD_ARGUMENTS") : prepareTxn(this.scope, request, context);
    encodeTxn(this.writer, context, txn, this.rooms.tree.lookup.text);
    const bytes = this.writer.viewFrom(start);
    if (this.writer.size >= TXN_CHUNK_SIZE_BYTES - TXN_SIZE_USUAL_BYTES) this.writer.take();
    return bytes;
  }

  /** Whether `prepare` answers BAD_ARGUMENTS for the size of the txn alone, whatever the state is: nobody needs to be asked. */
  isTxnTooLarge(request: WriteRequest, identities: readonly AuthId[]): boolean {
    return txnSizeMaxOf(request, identities) > this.limits.txnSizeMaxBytes;
  }

  /** Forgets every txn that is prepared and not applied: this peer leads no longer. */
  discardPrepared(): void {
    this.scope.pending.discard();
    this.lastPreparedZxid = this.state.zxid;
  }

  /**
   * Applies a committed txn: the only way in which the state changes. `bytes` are read during the call only.
   * @throws CoterieError TXN_CORRUPT if they are no txn; the state is then as it was.
   */
  apply(zxid: Zxid, bytes: Uint8Array): Applied {
    assert(zxid > this.state.zxid, "txns are applied once, in zxid order");
    const { header, txn } = decodeTxn(this.reader, bytes);
    const events: WatchEvent[] = [];
    const outcome = applyTxn(this.rooms, zxid, header, txn, events);
    this.state.zxid = zxid;
    this.scope.pending.applied(zxid);
    return { zxid, header, outcome, events };
  }

  /** Answers a read from the state as it is; see `read` for what the answer's buffers are. */
  read(request: ReadRequest, context: ReadContext): ReadResponse | ReadError {
    return read(this.rooms, request, context);
  }

  /** As `read`, for all the reads of one turn, in order; in a large tree that is faster. */
  readAll(requests: readonly ReadRequest[], context: ReadContext): (ReadResponse | ReadError)[] {
    return readAll(this.rooms, requests, context);
  }

  /** `statistics.sessionCount`, without counting the rest. */
  get sessionCount(): number {
    return this.rooms.sessions.size;
  }

  /** A watcher for one connection; give it back with `closeWatcher`, or its watches stay. */
  openWatcher(identities: readonly AuthId[]): WatcherId {
    return this.rooms.watches.open(identities);
  }

  /** The connection has shown another identity: events are filtered by these from now on. */
  identifyWatcher(watcher: WatcherId, identities: readonly AuthId[]): void {
    this.rooms.watches.identify(watcher, identities);
  }

  closeWatcher(watcher: WatcherId): void {
    this.rooms.watches.close(watcher);
  }

  /** addWatch, removeWatches, checkWatches and setWatches. */
  answerWatchRequest(request: WatchRequest, watcher: WatcherId): WatchAnswer {
    return answerWatchRequest(this.rooms, request, watcher);
  }

  /**
   * Who watches each path for its data, recursive watches included: what ZooKeeper's four-letter words show of watches.
   * Nothing may be applied or asked while it is read.
   */
  dataWatches(): IterableIterator<readonly [path: string, watchers: readonly WatcherId[]]> {
    return this.rooms.watches.dataWatches();
  }

  session(id: SessionId): Session | undefined {
    return this.state.sessions.get(id);
  }

  /** All sessions, oldest first: what a new leader grants a full timeout to. */
  sessions(): IterableIterator<Session> {
    return this.state.sessions.all();
  }

  /**
   * The paths of at most `countMax` containers and TTL znodes that should be reaped at `nowMs` (the leader's wall
   * clock): it proposes a deleteContainer for each. One call looks at 10,000 znodes at most, and the next goes on
   * behind them, so it is worth asking again soon where there are more. Nothing that is replicated changes.
   */
  dueForReaping(nowMs: WallTimeMs, countMax: number): string[] {
    return this.state.reap.dueAt(nowMs, countMax);
  }
}

/** A state machine with nothing but the initial znodes, at zxid 0. */
export function createStateMachine(options: StateMachineOptions = {}): CoreStateMachine {
  const state = createEmptyState(options);
  createSystemZnodes(state.tree, state.acls);
  return new CoreStateMachine(state, options);
}
