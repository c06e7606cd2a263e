import {
  type Applied,
  type AuthId,
  createStateMachine,
  type Outcome,
  type PrepareContext,
  type ReadError,
  type ReadRequest,
  type ReadResponse,
  type CoreStateMachine,
  type StateMachineOptions,
  type WatcherId,
  type WriteRequest,
} from "../../packages/core/src/index.ts";
import {
  createZxid,
  type PeerId,
  SESSION_NONE,
  type SessionId,
  type WallTimeMs,
  type Zxid,
} from "../../packages/interface/src/index.ts";
import type { Acl, CreateRequest, MultiOp, Stat } from "../../packages/protocol/src/index.ts";
import { checkpointOf, restoreChain } from "./checkpoint-taker.ts";

export const OPEN: readonly Acl[] = [{ perms: 31, scheme: "world", id: "anyone" }];
export const ANY = -1;
export const PERSISTENT = 0;
export const EPHEMERAL = 1;
export const SEQUENTIAL = 2;
const CONTAINER = 4;
const TTL = 5;
const FIRST_TIME_MS = 1_700_000_000_000;

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function textOf(data: Uint8Array | null | undefined): string | null | undefined {
  return data === null || data === undefined ? data : new TextDecoder().decode(data);
}

export function create(path: string, data: Uint8Array | null = null, flags: number = PERSISTENT): CreateRequest {
  return { kind: "create2", path, data, acl: OPEN, flags };
}

export function ephemeral(path: string): CreateRequest {
  return create(path, null, EPHEMERAL);
}

export function container(path: string): CreateRequest {
  return { kind: "createContainer", path, data: null, acl: OPEN, flags: CONTAINER };
}

export function ttl(path: string, ttlMs: number): WriteRequest {
  return { kind: "createTTL", path, data: null, acl: OPEN, flags: TTL, ttlMs };
}

export function remove(path: string, version: number = ANY): MultiOp & { readonly kind: "delete" } {
  return { kind: "delete", path, version };
}

export function setData(path: string, data: Uint8Array | null, version: number = ANY): MultiOp {
  return { kind: "setData", path, data, version };
}

/** Who asks: a session and what its connection has shown. */
export interface Asker {
  readonly sessionId: SessionId;
  readonly identities: readonly AuthId[];
}

export const NOBODY: Asker = { sessionId: SESSION_NONE, identities: [] };

/** A state machine, with zxids and a clock that move on by themselves. */
export class CoreBench {
  readonly machine: CoreStateMachine;
  timeMs: number = FIRST_TIME_MS;
  /** Of every txn, for replays. */
  readonly log: { readonly zxid: Zxid; readonly bytes: Uint8Array }[] = [];
  private counter = 0;
  private cxid = 0;

  constructor(options: StateMachineOptions = {}, machine: CoreStateMachine = createStateMachine(options)) {
    this.machine = machine;
    this.counter = machine.lastAppliedZxid % 2 ** 32;
  }

  /** Prepares without applying. */
  prepare(request: WriteRequest, asker: Asker = NOBODY): { readonly zxid: Zxid; readonly bytes: Uint8Array } {
    const context = this.context(asker);
    const txn = { zxid: context.zxid, bytes: this.machine.prepare(request, context) };
    this.log.push(txn);
    return txn;
  }

  apply({ zxid, bytes }: { readonly zxid: Zxid; readonly bytes: Uint8Array }): Applied {
    return this.machine.apply(zxid, bytes);
  }

  /** Prepares and applies. */
  commit(request: WriteRequest, asker: Asker = NOBODY): Applied {
    return this.apply(this.prepare(request, asker));
  }

  /** As `commit`; the outcome's error code, or "OK". */
  code(request: WriteRequest, asker: Asker = NOBODY): string {
    return codeOf(this.commit(request, asker).outcome);
  }

  openSession(identities: readonly AuthId[] = [], peerId: number = 1): Asker & { readonly watcher: WatcherId } {
    const verifier = new Uint8Array(16).fill(7);
    const { outcome } = this.commit({
      kind: "createSession",
      peerId: peerId as PeerId,
      timeoutMs: 30_000,
      verifier,
    });
    if (outcome.kind !== "createSession") throw new Error(`no session: ${codeOf(outcome)}`);
    return { sessionId: outcome.id, identities, watcher: this.machine.openWatcher(identities) };
  }

  closeSession({ sessionId }: Asker): Applied {
    return this.commit({ kind: "closeSession", id: sessionId });
  }

  read(request: ReadRequest, asker: Partial<Asker> & { readonly watcher?: WatcherId } = {}): ReadResponse | ReadError {
    return this.machine.read(request, {
      sessionId: asker.sessionId ?? SESSION_NONE,
      identities: asker.identities ?? [],
      watcher: asker.watcher ?? 0,
    });
  }

  /** The data of an existing znode, copied. */
  data(path: string): Uint8Array | null {
    const answer = this.read({ kind: "getData", path, watch: false });
    if (answer.kind !== "getData") throw new Error(`no data at ${path}: ${answer.kind}`);
    return answer.data === null ? null : answer.data.slice();
  }

  stat(path: string): Stat | undefined {
    const answer = this.read({ kind: "exists", path, watch: false });
    return answer.kind === "exists" ? answer.stat : undefined;
  }

  children(path: string): readonly string[] {
    const answer = this.read({ kind: "getChildren", path, watch: false });
    if (answer.kind !== "getChildren") throw new Error(`no children at ${path}: ${answer.kind}`);
    return answer.children;
  }

  private context({ sessionId, identities }: Asker): PrepareContext {
    this.counter += 1;
    this.timeMs += 1;
    this.cxid += 1;
    return {
      zxid: createZxid(1, this.counter),
      timeMs: this.timeMs as WallTimeMs,
      sessionId,
      cxid: this.cxid,
      identities,
    };
  }
}

export function codeOf(outcome: Outcome): string {
  return outcome.kind === "error" ? outcome.code : "OK";
}

/** The machine that a full checkpoint of `machine`, taken now, gives. */
export function restored(machine: CoreStateMachine, options: StateMachineOptions = {}): CoreStateMachine {
  return restoreChain([checkpointOf(machine)], options);
}

/** A description of an event for each watcher told: `watcher kind path`. */
export function told({ events }: Pick<Applied, "events">): string[] {
  return events.flatMap(({ kind, path, watchers }) => watchers.map((watcher) => `${watcher} ${kind} ${path}`));
}
