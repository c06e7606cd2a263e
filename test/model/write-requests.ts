import type {
  CreateRequest,
  CreateTtlRequest,
  MultiOp as WireMultiOp,
  MultiRequest,
  SetAclRequest,
} from "../../packages/protocol/src/index.ts";
import type { Command, CreateOp, MultiOp, ZxidRef } from "./command.ts";

/** The commands that are one write of a session. */
export type WriteCommand = Extract<Command, { kind: "create" | "delete" | "setData" | "setAcl" | "multi" }>;

/** The request that a write is, in the terms of the protocol: what `core` prepares, and what goes over the wire. */
export function writeRequestOf(command: WriteCommand): WireMultiOp | SetAclRequest | MultiRequest {
  switch (command.kind) {
    case "multi":
      return { kind: "multi", ops: command.ops.map(operationOf) };
    case "setAcl":
      return { kind: "setACL", path: command.path, acl: command.acl, version: resolved(command.version) };
    default:
      return operationOf(command);
  }
}

/** A version or zxid that is no longer relative to a state. */
export function resolved(value: ZxidRef): number {
  if (typeof value !== "number") throw new Error("a symbolic version or zxid reached a driver; use resolveCommand");
  return value;
}

function operationOf(op: MultiOp): WireMultiOp {
  switch (op.kind) {
    case "create":
      return createRequest(op);
    case "setData":
      return { kind: "setData", path: op.path, data: op.data, version: resolved(op.version) };
    case "delete":
    case "check":
      return { kind: op.kind, path: op.path, version: resolved(op.version) };
  }
}

function createRequest({ path, data, acl, flags, opcode, ttlMs }: CreateOp): CreateRequest | CreateTtlRequest {
  return opcode === "createTTL"
    ? { kind: opcode, path, data, acl, flags, ttlMs }
    : { kind: opcode, path, data, acl, flags };
}
