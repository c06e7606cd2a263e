import { codeOfWire, type ErrorCode } from "@coterie/interface";
import type { MultiResult, RequestBody, Response, ResponseBody, Stat as WireStat } from "@coterie/protocol";
import type { Command } from "../model/command.ts";
import type { OpResult, Reply, Stat } from "../model/observation.ts";
import { resolved, writeRequestOf } from "../model/write-requests.ts";

/** The commands that are one request of a session. */
export type RequestCommand = Exclude<
  Command,
  { kind: "openSession" | "closeSession" | "reconnect" | "reap" | "advanceTime" }
>;

/** The request that a resolved command is on the wire. */
export function requestOf(command: RequestCommand): RequestBody {
  switch (command.kind) {
    case "create":
    case "delete":
    case "setData":
    case "setAcl":
    case "multi":
      return writeRequestOf(command);
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
        relativeZxid: resolved(command.relativeZxid),
        dataWatches: command.data,
        existWatches: command.exist,
        childWatches: command.child,
        persistentWatches: command.persistent,
        persistentRecursiveWatches: command.persistentRecursive,
      };
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
