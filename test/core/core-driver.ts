import type { PeerId, SessionId, WallTimeMs, Zxid } from "../../packages/interface/src/index.ts";
import {
  type Applied,
  type AuthId,
  createStateMachine,
  type Outcome,
  type ReadError,
  type ReadRequest,
  type ReadResponse,
  type CoreStateMachine,
  type WatcherId,
  type WatchRequest,
  type WriteRequest,
} from "../../packages/core/src/index.ts";
import { codeOfWire, type ErrorCode, SESSION_NONE } from "../../packages/interface/src/index.ts";
import type { MultiResult, Stat as WireStat } from "../../packages/protocol/src/index.ts";
import type { Command, MultiOp } from "../model/command.ts";
import type { Observation, OpResult, Reply, Stat, StateDump, WatchEvent } from "../model/observation.ts";
import type { PokedFields, ReferenceOptions, Timing } from "../model/reference-tree.ts";
import { resolved, type WriteCommand, writeRequestOf } from "../model/write-requests.ts";
import { dumpMachine, pokeMachine } from "./inspect.ts";

const PEER = 1 as PeerId;
const REAP_MAX = 1_000_000;

interface Connection {
  readonly sessionId: SessionId;
  readonly auth: readonly AuthId[];
  readonly watcher: WatcherId;
}

interface LoggedTxn {
  readonly zxid: Zxid;
  readonly bytes: Uint8Array;
}

/** Runs the commands of the model on `core`, as a shell would: prepare, then apply the bytes. */
export class CoreDriver {
  machine: CoreStateMachine;
  /** Every txn so far, for replays. */
  readonly log: LoggedTxn[] = [];
  private readonly reapLimit: number;
  private readonly connections = new Map<number, Connection>();
  private readonly sessionIds = new Map<number, SessionId>();
  private events: WatchEvent[] = [];
  private cxid = 0;

  constructor(options: ReferenceOptions) {
    this.machine = createStateMachine(machineOptions(options));
    this.reapLimit = options.reapLimit ?? REAP_MAX;
  }

  run(command: Command, timing: Timing): Observation {
    this.events = [];
    const { reply, zxidCount } = this.answer(command, timing);
    return { reply, events: this.events, zxidCount };
  }

  digest(): string {
    return this.machine.digest;
  }

  poke(path: string, fields: PokedFields): void {
    pokeMachine(this.machine, path, fields);
  }

  dump(): StateDump {
    const watchers = new Map([...this.connections].map(([session, { watcher }]) => [watcher, session]));
    return dumpMachine(this.machine, watchers);
  }

  private answer(command: Command, timing: Timing): Omit<Observation, "events"> {
    switch (command.kind) {
      case "advanceTime":
        return { reply: { ok: true }, zxidCount: 0 };
      case "reap":
        return this.reap(timing);
      case "openSession":
        return written(this.openSession(command, timing));
      case "closeSession":
        return written(this.closeSession(command.session, timing));
      case "reconnect":
        return { reply: this.reconnect(command.session, command.auth), zxidCount: 0 };
      case "create":
      case "delete":
      case "setData":
      case "setAcl":
      case "multi":
        return written(this.write(command, timing));
      default:
        return { reply: this.ask(command), zxidCount: 0 };
    }
  }

  private openSession(command: Command & { kind: "openSession" }, timing: Timing): Reply {
    const { session, timeoutMs, verifier, auth } = command;
    const { outcome } = this.commit({ kind: "createSession", peerId: PEER, timeoutMs, verifier }, timing, undefined);
    if (outcome.kind !== "createSession") return failedReply(outcome);
    this.sessionIds.set(session, outcome.id);
    this.connections.set(session, { sessionId: outcome.id, auth, watcher: this.machine.openWatcher(auth) });
    return { ok: true, sessionId: outcome.id };
  }

  private closeSession(session: number, timing: Timing): Reply {
    const connection = this.connections.get(session);
    if (connection === undefined) {
      this.commit({ kind: "refuse", code: "SESSION_EXPIRED" }, timing, session);
      return { ok: false, error: "SESSION_EXPIRED" };
    }
    this.commit({ kind: "closeSession", id: connection.sessionId }, timing, session);
    this.machine.closeWatcher(connection.watcher);
    this.connections.delete(session);
    return { ok: true };
  }

  private reconnect(session: number, auth: readonly AuthId[]): Reply {
    const connection = this.connections.get(session);
    if (connection === undefined) return { ok: false, error: "SESSION_EXPIRED" };
    this.machine.closeWatcher(connection.watcher);
    this.connections.set(session, { ...connection, auth, watcher: this.machine.openWatcher(auth) });
    return { ok: true };
  }

  private reap(timing: Timing): Omit<Observation, "events"> {
    const due = this.machine
      .dueForReaping(timing.timeMs as WallTimeMs, REAP_MAX)
      .toSorted()
      .slice(0, this.reapLimit);
    for (const [index, path] of due.entries()) {
      this.commit({ kind: "deleteContainer", path }, { ...timing, zxid: timing.zxid + index }, undefined);
    }
    return { reply: { ok: true, children: due }, zxidCount: due.length };
  }

  private write(command: WriteCommand, timing: Timing): Reply {
    const { outcome } = this.commit(writeRequestOf(command), timing, command.session);
    return replyOf(command, outcome);
  }

  /** Prepares and applies one txn; its events become this command's. */
  private commit(request: WriteRequest, timing: Timing, session: number | undefined): Applied {
    const zxid = timing.zxid as Zxid;
    const sessionId = session === undefined ? SESSION_NONE : (this.sessionIds.get(session) ?? (-1n as SessionId));
    const identities = session === undefined ? [] : (this.connections.get(session)?.auth ?? []);
    const context = { zxid, timeMs: timing.timeMs as WallTimeMs, sessionId, cxid: (this.cxid += 1), identities };
    const bytes = this.machine.prepare(request, context);
    this.log.push({ zxid, bytes });
    const applied = this.machine.apply(zxid, bytes);
    this.tell(applied.events, applied.zxid);
    return applied;
  }

  private tell(events: Applied["events"], zxid: number): void {
    const sessions = new Map([...this.connections].map(([session, { watcher }]) => [watcher, session]));
    for (const { kind, path, watchers } of events) {
      for (const watcher of watchers) this.events.push({ session: sessions.get(watcher)!, type: kind, path, zxid });
    }
  }

  private ask(command: AskCommand): Reply {
    const connection = this.connections.get(command.session);
    if (connection === undefined) return { ok: false, error: "SESSION_EXPIRED" };
    const watchRequest = watchRequestOf(command);
    if (watchRequest !== undefined) {
      const { error, events } = this.machine.answerWatchRequest(watchRequest, connection.watcher);
      this.tell(events, -1);
      return error === null ? { ok: true } : { ok: false, error };
    }
    const { sessionId, auth, watcher } = connection;
    const answer = this.machine.read(readRequestOf(command), { sessionId, identities: auth, watcher });
    return readReply(answer);
  }
}

type AskCommand = Extract<
  Command,
  {
    kind:
      | "exists"
      | "getData"
      | "getChildren"
      | "getAcl"
      | "getEphemerals"
      | "getAllChildrenNumber"
      | "multiRead"
      | "addWatch"
      | "removeWatches"
      | "checkWatches"
      | "setWatches";
  }
>;

export function machineOptions(options: ReferenceOptions): Parameters<typeof createStateMachine>[0] & object {
  return {
    extendedTypesEnabled: options.extendedTypesEnabled ?? false,
    enforceQuota: options.enforceQuota ?? false,
    containerNeverUsedMaxMs: options.containerMaxNeverUsedIntervalMs ?? 0,
  };
}

function written(reply: Reply): Omit<Observation, "events"> {
  return { reply, zxidCount: 1 };
}

function replyOf(command: WriteCommand, outcome: Outcome): Reply {
  if (command.kind === "multi") return multiReply(command.ops, outcome);
  return outcome.kind === "error" ? { ok: false, error: outcome.code } : opResult(command, outcome);
}

function multiReply(ops: readonly MultiOp[], outcome: Outcome): Reply {
  if (outcome.kind === "multi") {
    return { ok: true, results: outcome.results.map((result, index) => opResult(ops[index]!, result)) };
  }
  if (outcome.kind !== "error" || outcome.results === null) return failedReply(outcome);
  return { ok: true, results: outcome.results.map((error) => ({ ok: false, error })) };
}

function opResult(op: MultiOp | WriteCommand, outcome: Outcome): OpResult & { readonly ok: true } {
  switch (outcome.kind) {
    case "create": {
      const withStat = op.kind === "create" && op.opcode !== "create";
      return { ok: true, path: outcome.path, ...(withStat ? { stat: shown(outcome.stat) } : {}) };
    }
    case "setData":
    case "setACL":
      return { ok: true, stat: shown(outcome.stat) };
    case "delete":
    case "check":
      return { ok: true };
    default:
      throw new Error(`an operation has the outcome ${outcome.kind}`);
  }
}

function failedReply(outcome: Outcome): Reply {
  if (outcome.kind !== "error") throw new Error(`unexpected outcome ${outcome.kind}`);
  return { ok: false, error: outcome.code };
}

function watchRequestOf(command: AskCommand): WatchRequest | undefined {
  switch (command.kind) {
    case "addWatch":
      return { kind: "addWatch", path: command.path, mode: command.mode };
    case "removeWatches":
    case "checkWatches":
      return { kind: command.kind, path: command.path, watcherType: command.type };
    case "setWatches":
      return {
        kind: "setWatches2",
        relativeZxid: resolved(command.relativeZxid),
        dataWatches: command.data,
        existWatches: command.exist,
        childWatches: command.child,
        persistentWatches: command.persistent,
        persistentRecursiveWatches: command.persistentRecursive,
      };
    default:
      return undefined;
  }
}

function readRequestOf(command: AskCommand): ReadRequest {
  switch (command.kind) {
    case "exists":
    case "getData":
      return { kind: command.kind, path: command.path, watch: command.watch };
    case "getChildren":
      return { kind: "getChildren2", path: command.path, watch: command.watch };
    case "getAcl":
      return { kind: "getACL", path: command.path };
    case "getEphemerals":
      return { kind: "getEphemerals", prefixPath: command.prefix };
    case "getAllChildrenNumber":
      return { kind: "getAllChildrenNumber", path: command.path };
    case "multiRead":
      return { kind: "multiRead", ops: command.ops.map((op) => ({ ...op, watch: true })) };
    default:
      throw new Error(`${command.kind} is no read`);
  }
}

function readReply(answer: ReadResponse | ReadError): Reply {
  switch (answer.kind) {
    case "error":
      return { ok: false, error: answer.code };
    case "exists":
      return { ok: true, stat: shown(answer.stat) };
    case "getData":
      return { ok: true, data: kept(answer.data), stat: shown(answer.stat) };
    case "getChildren":
      return { ok: true, children: answer.children.toSorted() };
    case "getChildren2":
      return { ok: true, children: answer.children.toSorted(), stat: shown(answer.stat) };
    case "getACL":
      return { ok: true, acl: answer.acl ?? [], stat: shown(answer.stat) };
    case "getAllChildrenNumber":
      return { ok: true, count: answer.totalNumber };
    case "getEphemerals":
      return { ok: true, children: answer.ephemerals.toSorted() };
    case "multiRead":
    case "multi":
      return { ok: true, results: answer.results.map(multiReadResult) };
  }
}

function multiReadResult(result: MultiResult): OpResult {
  switch (result.kind) {
    case "getData":
      return { ok: true, data: kept(result.data), stat: shown(result.stat) };
    case "getChildren":
      return { ok: true, children: result.children.toSorted() };
    case "error":
      return { ok: false, error: codeOfWire(result.err) as ErrorCode };
    default:
      throw new Error(`a multiRead has the result ${result.kind}`);
  }
}

/** A copy: what core gives out is a view that the next txn overwrites. */
function kept(data: Uint8Array | null): Uint8Array | null {
  return data === null ? null : data.slice();
}

function shown(stat: WireStat): Stat {
  const { ctime, mtime, ...rest } = stat;
  return { ...rest, ctimeMs: ctime, mtimeMs: mtime };
}
