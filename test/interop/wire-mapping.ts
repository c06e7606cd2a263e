import { codeOfWire, type ErrorCode } from "@coterie/interface";
import type {
  Acl,
  MultiOp as WireMultiOp,
  MultiResult,
  RequestBody,
  Response,
  ResponseBody,
  Stat as WireStat,
} from "@coterie/protocol";
import type { AclEntry, Command, CreateOp, ExpectedVersion, MultiOp } from "../model/command.ts";
import type { OpResult, Reply, Stat } from "../model/observation.ts";

/** The commands that are one request of a session. */
export type RequestCommand = Exclude<
  Command,
  { kind: "openSession" | "closeSession" | "reconnect" | "reap" | "advanceTime" }
>;

/** The request that a resolved command is on the wire. */
export function requestOf(command: RequestCommand): RequestBody {
  switch (command.kind) {
    case "create":
      return createRequest(command);
    case "delete":
      return { kind: "delete", path: command.path, version: number(command.version) };
    case "setData":
      return { kind: "setData", path: command.path, data: command.data, version: number(command.version) };
    case "setAcl":
      return { kind: "setACL", path: command.path, acl: aclOf(command.acl), version: number(command.version) };
    case "multi":
      return { kind: "multi", ops: command.ops.map(multiOp) };
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
      return { kind: "multiRead", ops: command.ops.map(({ kind, path }) => ({ kind, path, watch: false })) };
    case "addWatch":
      return { kind: "addWatch", path: command.path, mode: command.mode };
    case "removeWatches":
    case "checkWatches":
      return { kind: command.kind, path: command.path, watcherType: command.type };
    case "setWatches":
      return {
        kind: "setWatches2",
        relativeZxid: number(command.relativeZxid),
        dataWatches: command.data,
        existWatches: command.exist,
        childWatches: command.child,
        persistentWatches: command.persistent,
        persistentRecursiveWatches: command.persistentRecursive,
      };
  }
}

function number(value: ExpectedVersion): number {
  if (typeof value !== "number") throw new Error("a symbolic version or zxid reached the wire; use resolveCommand");
  return value;
}

function aclOf(acl: readonly AclEntry[] | null): Acl[] | null {
  return acl === null ? null : acl.map(({ perms, scheme, id }) => ({ perms, scheme, id }));
}

function createRequest(op: CreateOp): RequestBody & WireMultiOp {
  const { path, data, flags, ttlMs } = op;
  const common = { path, data, acl: aclOf(op.acl), flags };
  return op.opcode === "createTTL" ? { kind: "createTTL", ...common, ttlMs } : { kind: op.opcode, ...common };
}

function multiOp(op: MultiOp): WireMultiOp {
  switch (op.kind) {
    case "create":
      return createRequest(op);
    case "delete":
    case "check":
      return { kind: op.kind, path: op.path, version: number(op.version) };
    case "setData":
      return { kind: "setData", path: op.path, data: op.data, version: number(op.version) };
  }
}

/** What a reply says, in the terms of the model. */
export function replyOf(response: Response): Reply {
  if (response.err !== 0) return { ok: false, error: errorOf(response.err) };
  if (response.body === null) throw new Error("a reply without an error has a body");
  return successOf(response.body);
}

function errorOf(wire: number): ErrorCode {
  const code = codeOfWire(wire);
  if (code === undefined) throw new Error(`error number ${wire} is not known`);
  return code;
}

function successOf(body: ResponseBody): Reply {
  switch (body.kind) {
    case "create":
      return { ok: true, path: body.path };
    case "create2":
    case "createContainer":
    case "createTTL":
      return { ok: true, path: body.path, stat: statOf(body.stat) };
    case "exists":
    case "setData":
    case "setACL":
      return { ok: true, stat: statOf(body.stat) };
    case "getData":
      return { ok: true, data: body.data, stat: statOf(body.stat) };
    case "getChildren2":
      return { ok: true, children: [...body.children].sort(), stat: statOf(body.stat) };
    case "getACL":
      return { ok: true, acl: body.acl ?? [], stat: statOf(body.stat) };
    case "getEphemerals":
      return { ok: true, children: [...body.ephemerals].sort() };
    case "getAllChildrenNumber":
      return { ok: true, count: body.totalNumber };
    case "multi":
    case "multiRead":
      return { ok: true, results: body.results.map(resultOf) };
    default:
      return { ok: true };
  }
}

function resultOf(result: MultiResult): OpResult {
  switch (result.kind) {
    case "error":
      return { ok: false, error: result.err === 0 ? null : errorOf(result.err) };
    case "delete":
    case "check":
      return { ok: true };
    case "create":
      return { ok: true, path: result.path };
    case "create2":
    case "createContainer":
    case "createTTL":
      return { ok: true, path: result.path, stat: statOf(result.stat) };
    case "setData":
      return { ok: true, stat: statOf(result.stat) };
    case "getData":
      return { ok: true, data: result.data, stat: statOf(result.stat) };
    case "getChildren":
      return { ok: true, children: [...result.children].sort() };
  }
}

function statOf({ ctime, mtime, ...rest }: WireStat): Stat {
  return { ...rest, ctimeMs: ctime, mtimeMs: mtime };
}
