import type { ErrorCode } from "../../packages/interface/src/index.ts";
import type { MultiCommand } from "./command.ts";
import type { OpResult, Reply } from "./observation.ts";
import { applyTxn } from "./reference-apply.ts";
import { createModeOf, type PrepareContext, prepareWrite, type Txn, type WriteOp } from "./reference-prepare.ts";
import { failure, type State, type Timing } from "./reference-state.ts";

export function runWrite(state: State, op: WriteOp, session: number, timing: Timing): Reply {
  const prepared = prepareWrite(op, prepareContext(state, session, timing));
  return typeof prepared === "string" ? failure(prepared) : applyOp(state, op, prepared, timing);
}

/** Semantics 2.3 and client-protocol 5. An unknown create flag is a record that cannot be decoded. */
export function runMulti(state: State, { session, ops }: MultiCommand, timing: Timing): Reply {
  if (ops.some((op) => op.kind === "create" && createModeOf(op.flags) === undefined)) {
    return failure("MARSHALLING_ERROR");
  }
  const context = prepareContext(state, session, timing);
  const prepared: (readonly [WriteOp, Txn])[] = [];
  for (const op of ops) {
    const result = prepareWrite(op, context);
    if (typeof result === "string") return { ok: true, results: failedMulti(ops.length, prepared.length, result) };
    prepared.push([op, result]);
  }
  return { ok: true, results: prepared.map(([op, txn]) => applyOp(state, op, txn, timing)) };
}

function prepareContext(state: State, session: number, { zxid, timeMs }: Timing): PrepareContext {
  const connection = state.connections.get(session);
  return {
    committed: state.nodes,
    pending: new Map(state.nodes),
    sessionId: connection?.sessionId,
    auth: connection?.auth ?? [],
    extendedTypesEnabled: state.options.extendedTypesEnabled,
    enforceQuota: state.options.enforceQuota,
    aclSchemes: state.options.aclSchemes,
    zxid,
    timeMs,
  };
}

/** Applies a prepared write and keeps what its response record holds (client-protocol 4, 5): create has no Stat. */
function applyOp(state: State, op: WriteOp, txn: Txn, timing: Timing): OpResult & Reply {
  const { path, stat } = applyTxn(txn, state, timing);
  const hasStat = !(op.kind === "create" && op.opcode === "create");
  return {
    ok: true,
    ...(path === undefined ? {} : { path }),
    ...(stat === undefined || !hasStat ? {} : { stat }),
  };
}

/** Client-protocol 5: code 0 before the failing operation, RUNTIME_INCONSISTENCY behind it. */
function failedMulti(count: number, failedAt: number, error: ErrorCode): OpResult[] {
  return Array.from({ length: count }, (_, i): OpResult => {
    if (i === failedAt) return { ok: false, error };
    return { ok: false, error: i < failedAt ? null : "RUNTIME_INCONSISTENCY" };
  });
}
