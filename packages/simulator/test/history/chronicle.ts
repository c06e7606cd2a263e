import type { Zxid } from "@coterie/interface";
import { HISTORY_CHECKERS, type History } from "../../src/history/index.ts";
import type {
  Call,
  CommittedTxn,
  CreateMode,
  Operation,
  OperationEnd,
  Result,
  WatchNotice,
} from "../../src/history/operation.ts";
import { Violation } from "../../src/invariants/invariant.ts";

/** Where an operation differs from one that is asked on the client's first connection and answered at once. */
export interface Circumstances {
  readonly session?: number;
  readonly connection?: number;
  readonly invokedAt?: number;
  readonly endedAt?: number;
  readonly kind?: OperationEnd["kind"];
  readonly code?: string;
}

export const create = (path: string, mode: CreateMode = "persistent", data = ""): Call => ({
  kind: "create",
  path,
  data,
  mode,
});
export const set = (path: string, data: string, version = -1): Call => ({ kind: "set", path, data, version });
export const remove = (path: string, version = -1): Call => ({ kind: "delete", path, version });
export const get = (path: string, watch = false, isLinearizable = false): Call => ({
  kind: "get",
  path,
  watch,
  isLinearizable,
});
export const children = (path: string): Call => ({ kind: "children", path });
export const OPEN: Call = { kind: "open-session" };
export const CLOSE: Call = { kind: "close-session" };
export const takeUp = (relativeZxid: number, ...paths: readonly string[]): Call => ({
  kind: "set-watches",
  paths,
  relativeZxid: relativeZxid as Zxid,
});
export const SYNC: Call = { kind: "sync" };

export const stat = (version: number): Result => ({ kind: "stat", version });
export const created = (path: string): Result => ({ kind: "created", path });
export const names = (...list: readonly string[]): Result => ({ kind: "children", names: list });
export const data = (value: string, version: number, mzxid: number): Result => ({
  kind: "data",
  data: value,
  version,
  mzxid: mzxid as Zxid,
});

export function sessionIdOf(client: number, session = 1): string {
  return `0x${client}${session}`;
}

/** Writes a history down; whoever tells it decides every result, so that it can be told wrongly. */
export class Chronicle implements History {
  readonly operations: Operation[] = [];
  readonly notices: WatchNotice[] = [];
  readonly txns: CommittedTxn[] = [];
  zxid = 0;
  private now = 0;

  /** An operation that is answered from the state at `zxid`. */
  ask(client: number, call: Call, zxid: number, result: Result | null, how: Circumstances = {}): this {
    this.now += 10;
    const { session = 1, connection = 1, invokedAt = this.now, endedAt = this.now + 5, kind = "ok" } = how;
    const end = { at: endedAt, kind, code: how.code ?? null, zxid: zxid as Zxid, result };
    this.operations.push({ id: this.operations.length, client, session, connection, call, invokedAt, end });
    return this;
  }

  /** A write that is answered with its txn; `final` is what the txn says it did. */
  write(client: number, call: Call, result: Result | null, how: Circumstances = {}, final: Call = call): this {
    const zxid = this.commit(this.operations.length, final, sessionIdOf(client, how.session));
    return this.ask(client, call, zxid, result, how);
  }

  /** A write that fails, by a txn that says so. */
  fail(client: number, call: Call, code: string, how: Circumstances = {}): this {
    const zxid = this.commit(this.operations.length, call, sessionIdOf(client, how.session), true);
    return this.ask(client, call, zxid, null, { ...how, kind: "failed", code });
  }

  commit(operation: number | null, call: Call, sessionId: string | null, isError = false): number {
    this.zxid++;
    this.txns.push({ zxid: this.zxid as Zxid, operation, sessionId, calls: [call], isError });
    return this.zxid;
  }

  open(client: number, session = 1, connection = 1): this {
    const result: Result = { kind: "session", sessionId: sessionIdOf(client, session) };
    return this.write(client, OPEN, result, { session, connection });
  }

  notice(
    client: number,
    path: string,
    event: WatchNotice["event"],
    zxid: number,
    afterOperation: number = this.operations.findLast((operation) => operation.client === client)?.id ?? -1,
    connection = 1,
  ): this {
    const at = this.now + 5;
    this.notices.push({ client, session: 1, connection, at, path, event, zxid: zxid as Zxid, afterOperation });
    return this;
  }

  /** Two clients and a node, /a, that the first has made: zxid 3. */
  begin(): this {
    return this.open(1)
      .open(2)
      .write(1, create("/a", "persistent", "x"), created("/a"));
  }
}

/** The names of all checkers that reject the history, in the order in which they are asked. */
export function rejectionsOf(history: History): string[] {
  return [...HISTORY_CHECKERS]
    .filter(([name, check]) => {
      try {
        check(history);
        return false;
      } catch (error) {
        if (error instanceof Violation && error.invariant === name) return true;
        throw error;
      }
    })
    .map(([name]) => name);
}
