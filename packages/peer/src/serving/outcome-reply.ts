import type { Outcome } from "@coterie/core";
import { assert, type ErrorCode, wireOfCode } from "@coterie/interface";
import type { MultiOp, MultiResult, ResponseBody } from "@coterie/protocol";
import type { ClientWrite } from "../request/peer-request.ts";

/** A write as its client sent it; closeSession without the id, which the connection knows. */
export type WriteBody = Exclude<ClientWrite, { readonly kind: "closeSession" }> | { readonly kind: "closeSession" };

/** The code of the reply to a write, null for success. A multi whose operations have their own results succeeds. */
export function codeOf(outcome: Outcome): ErrorCode | null {
  return outcome.kind === "error" && outcome.results === null ? outcome.code : null;
}

/** The body of the reply to a write whose code is null. */
export function bodyOf(request: WriteBody, outcome: Outcome): ResponseBody {
  switch (request.kind) {
    case "create":
      assert(outcome.kind === "create", MISMATCH);
      return { kind: "create", path: outcome.path };
    case "create2":
    case "createContainer":
    case "createTTL":
      assert(outcome.kind === "create", MISMATCH);
      return { kind: request.kind, path: outcome.path, stat: outcome.stat };
    case "delete":
    case "closeSession":
      assert(outcome.kind === request.kind, MISMATCH);
      return { kind: request.kind };
    case "setData":
      assert(outcome.kind === "setData", MISMATCH);
      return { kind: "setData", stat: outcome.stat };
    case "setACL":
      assert(outcome.kind === "setACL", MISMATCH);
      return { kind: "setACL", stat: outcome.stat };
    case "multi":
      return { kind: "multi", results: resultsOf(request.ops, outcome) };
    case "check":
    case "reconfig":
      // They fail always: the one belongs into a multi, the other is switched off.
      assert(false, MISMATCH);
  }
}

const MISMATCH = "the outcome of a write is of the write's kind";

/** One a operation, or one error a operation: 0 before the one that failed (client-protocol 5). */
function resultsOf(operations: readonly MultiOp[], outcome: Outcome): MultiResult[] {
  if (outcome.kind === "error") {
    return (outcome.results ?? []).map((code) => ({ kind: "error", err: code === null ? 0 : wireOfCode(code) }));
  }
  assert(outcome.kind === "multi" && outcome.results.length === operations.length, MISMATCH);
  return operations.map((operation, index) => resultOf(operation, outcome.results[index]!));
}

function resultOf(operation: MultiOp, outcome: Outcome): MultiResult {
  switch (operation.kind) {
    case "create":
      assert(outcome.kind === "create", MISMATCH);
      return { kind: "create", path: outcome.path };
    case "create2":
    case "createContainer":
    case "createTTL":
      assert(outcome.kind === "create", MISMATCH);
      return { kind: "create2", path: outcome.path, stat: outcome.stat };
    case "setData":
      assert(outcome.kind === "setData", MISMATCH);
      return { kind: "setData", stat: outcome.stat };
    case "delete":
    case "check":
      return { kind: operation.kind };
  }
}
