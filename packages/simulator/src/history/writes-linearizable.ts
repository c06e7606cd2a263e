import { Violation } from "../invariants/invariant.ts";
import {
  type AnsweredOperation,
  failOperation,
  type History,
  isAnswered,
  isWrite,
  txnsByOperation,
  writesWithTxn,
} from "./history.ts";
import { Model, MODEL_CODES } from "./model.ts";
import type { CommittedTxn, Operation, Result } from "./operation.ts";

const NAME = "writes-linearizable";

/**
 * Writes are linearizable. A reply carries the zxid of its txn, which is the order: a write that was answered before
 * another was invoked has the lower zxid, and every result is what the model gives at its place in that order.
 *
 * Source: ZooKeeper's guarantees (linearizable writes); ZAB paper, section 2.
 * Sound: with the order as a witness, linearizability is no search: real time is checked in one sweep, results in one
 * replay.
 */
export function checkWritesLinearizable(history: History): void {
  const writes = history.operations.filter((operation) => isWrite(operation) && isAnswered(operation));
  checkRealTime([...writesWithTxn(history)]);
  checkTxns(writes as AnsweredOperation[], history.txns);
  checkResults(history);
}

function checkRealTime(writes: readonly AnsweredOperation[]): void {
  const byEnd = writes.toSorted((a, b) => a.end.at - b.end.at);
  const byStart = writes.toSorted((a, b) => a.invokedAt - b.invokedAt);
  let ended = 0;
  let highest: AnsweredOperation | null = null;
  for (const write of byStart) {
    for (; ended < byEnd.length && byEnd[ended]!.end.at < write.invokedAt; ended++) {
      if (highest === null || byEnd[ended]!.end.zxid > highest.end.zxid) highest = byEnd[ended]!;
    }
    if (highest !== null && write.end.zxid <= highest.end.zxid) {
      failOperation(NAME, write, `has ${write.end.zxid}; operation ${highest.id} had ${highest.end.zxid} before it`);
    }
  }
}

/** Whoever is told of a txn is told of its own. */
function checkTxns(writes: readonly AnsweredOperation[], txns: readonly CommittedTxn[]): void {
  const found = txnsByOperation(txns);
  for (const write of writes) {
    const own = found.get(write.id) ?? [];
    const isOwn = own.some(({ zxid }) => zxid === write.end.zxid);
    // What is refused before it becomes a txn fails with a code that the model does not know.
    if (!isOwn && own.length > 0) failOperation(NAME, write, `has ${write.end.zxid}, its txn is ${own[0]!.zxid}`);
    if (!isOwn && write.end.kind === "failed" && MODEL_CODES.has(write.end.code ?? "")) {
      failOperation(NAME, write, `failed with ${write.end.code}, and there is no txn that says so`);
    }
  }
}

function checkResults({ operations, txns }: History): void {
  const byId = new Map(operations.map((operation) => [operation.id, operation]));
  const model = new Model();
  for (const txn of txns) {
    const operation = txn.operation === null ? undefined : byId.get(txn.operation);
    if (txn.isError) {
      if (operation?.end?.kind === "failed") checkFailure(model, txn, operation);
      continue;
    }
    const outcome = model.apply(txn, operation);
    if (outcome.kind === "failed") {
      throw new Violation(NAME, `the txn ${txn.zxid} took effect where it must fail with ${outcome.code}`);
    }
    if (operation?.end?.kind === "ok") checkResult(operation, operation.end.result, outcome.results);
  }
}

function checkFailure(model: Model, txn: CommittedTxn, operation: Operation): void {
  const { code } = operation.end!;
  if (!MODEL_CODES.has(code ?? "")) return;
  const outcome = model.probe([operation.call], txn.zxid, txn.sessionId);
  const expected = outcome.kind === "failed" ? outcome.code : "ok";
  if (expected !== code) failOperation(NAME, operation, `failed with ${code}, where ${expected} is right`);
}

function checkResult(operation: Operation, given: Result | null, expected: readonly (Result | null)[]): void {
  const results = given?.kind === "multi" ? given.results : [given];
  for (let index = 0; index < expected.length; index++) {
    const [a, b] = [results[index] ?? null, expected[index] ?? null];
    const isSame =
      b === null ||
      (a?.kind === "created" && b.kind === "created" && a.path === b.path) ||
      (a?.kind === "stat" && b.kind === "stat" && a.version === b.version);
    if (!isSame) failOperation(NAME, operation, `gave ${JSON.stringify(a)}, where ${JSON.stringify(b)} is right`);
  }
}
