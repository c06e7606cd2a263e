import type { Outcome, WriteRequest } from "@coterie/core";
import { formatSessionId } from "@coterie/interface";
import { CREATE_MODES, type CreateMode as WireMode, type MultiOp } from "@coterie/protocol";
import type { Call, CreateMode, Result } from "../history/operation.ts";

const ACL = [{ perms: 31, scheme: "world", id: "anyone" }];

const WIRE_MODES: Readonly<Record<CreateMode, WireMode>> = {
  persistent: "PERSISTENT",
  "persistent-sequential": "PERSISTENT_SEQUENTIAL",
  ephemeral: "EPHEMERAL",
  "ephemeral-sequential": "EPHEMERAL_SEQUENTIAL",
};

/** The calls that are writes of znodes, as core takes them. */
export function writeOf(call: Call): WriteRequest {
  if (call.kind === "multi") return { kind: "multi", ops: call.calls.map(znodeWriteOf) };
  return znodeWriteOf(call);
}

function znodeWriteOf(call: Call): MultiOp {
  switch (call.kind) {
    case "create":
      return {
        kind: "create2",
        path: call.path,
        data: bytesOf(call.data),
        acl: ACL,
        flags: CREATE_MODES[WIRE_MODES[call.mode]].flags,
      };
    case "set":
      return { kind: "setData", path: call.path, data: bytesOf(call.data), version: call.version };
    case "delete":
      return { kind: "delete", path: call.path, version: call.version };
    default:
      throw new RangeError(`${call.kind} is no write of a znode`);
  }
}

export function resultOf(outcome: Outcome): Result | null {
  switch (outcome.kind) {
    case "create":
      return { kind: "created", path: outcome.path };
    case "setData":
      return { kind: "stat", version: outcome.stat.version };
    case "createSession":
      return { kind: "session", sessionId: formatSessionId(outcome.id) };
    case "multi":
      return { kind: "multi", results: outcome.results.map(resultOf) };
    default:
      return null;
  }
}

/** The call as it has come out: a create with its final path. */
export function finalCall(call: Call, outcome: Outcome): Call {
  if (call.kind === "create" && outcome.kind === "create") return { ...call, path: outcome.path };
  if (call.kind !== "multi" || outcome.kind !== "multi") return call;
  return { kind: "multi", calls: call.calls.map((one, index) => finalCall(one, outcome.results[index]!)) };
}

/** Text of the simulator is ASCII. */
export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}

export function textOf(bytes: Uint8Array | null): string {
  let text = "";
  for (const byte of bytes ?? []) text += String.fromCharCode(byte);
  return text;
}
