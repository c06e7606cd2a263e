import { Violation } from "../invariants/invariant.ts";
import type { Call, CommittedTxn, Operation, OperationEnd, WatchNotice } from "./operation.ts";

/** All that clients did and heard in one world, and what the ensemble committed. */
export interface History {
  /** By id. */
  readonly operations: readonly Operation[];
  /** In the order in which they were heard. */
  readonly notices: readonly WatchNotice[];
  /** By zxid. */
  readonly txns: readonly CommittedTxn[];
}

/** Its outcome is certain, and its reply stands in the client's stream. */
export interface AnsweredOperation extends Operation {
  readonly end: OperationEnd & { readonly kind: "ok" | "failed" };
}

export function isAnswered(operation: Operation): operation is AnsweredOperation {
  return operation.end?.kind === "ok" || operation.end?.kind === "failed";
}

export function isWrite({ call }: Pick<Operation, "call">): boolean {
  return !READS.has(call.kind);
}

const READS: ReadonlySet<Call["kind"]> = new Set<Call["kind"]>(["get", "children", "set-watches", "sync"]);

export function isRead({ call }: Operation): boolean {
  return call.kind === "get" || call.kind === "children";
}

export function sessionOf({ client, session }: { readonly client: number; readonly session: number }): string {
  return `${client}/${session}`;
}

export function txnsByOperation(txns: readonly CommittedTxn[]): Map<number, CommittedTxn[]> {
  const found = new Map<number, CommittedTxn[]>();
  for (const txn of txns) {
    if (txn.operation === null) continue;
    const others = found.get(txn.operation);
    if (others === undefined) found.set(txn.operation, [txn]);
    else others.push(txn);
  }
  return found;
}

/** The writes that were answered with a txn: what is refused before it becomes one is answered from some state. */
export function writesWithTxn({ operations, txns }: History): ReadonlySet<AnsweredOperation> {
  const found = new Set(txns.map((txn) => txn.operation));
  const isOne = (operation: AnsweredOperation): boolean =>
    isWrite(operation) && (operation.end.kind === "ok" || found.has(operation.id));
  return new Set(operations.filter(isAnswered).filter(isOne));
}

export function flatten(calls: readonly Call[]): readonly Call[] {
  return calls.flatMap((call) => (call.kind === "multi" ? flatten(call.calls) : [call]));
}

export function failOperation(checker: string, { id, client, call }: Operation, what: string): never {
  throw new Violation(checker, `operation ${id} (${call.kind}, client ${client}) ${what}`);
}
