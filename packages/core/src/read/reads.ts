import { type ErrorCode, type SessionId, wireOfCode } from "@coterie/interface";
import {
  type Acl,
  type ExistsRequest,
  type ExistsResponse,
  type GetAclRequest,
  type GetAclResponse,
  type GetAllChildrenNumberRequest,
  type GetAllChildrenNumberResponse,
  type GetChildren2Request,
  type GetChildren2Response,
  type GetChildrenRequest,
  type GetChildrenResponse,
  type GetDataRequest,
  type GetDataResponse,
  type GetEphemeralsRequest,
  type GetEphemeralsResponse,
  type MultiReadRequest,
  type MultiResponse,
  type MultiResult,
  PERMISSIONS,
} from "@coterie/protocol";
import type { AclTable } from "../acl/acl-table.ts";
import type { AuthId } from "../acl/auth-id.ts";
import { maskAcl } from "../acl/mask-acl.ts";
import { createPermissionMemo, type isPermitted } from "../acl/permissions.ts";
import type { SessionTable } from "../session/session-table.ts";
import { GROUP_MAX } from "../tree/path-lookup.ts";
import { statOf } from "../tree/stat.ts";
import { ACL_ID, DESCENDANT_COUNT, REF_NONE, type ZnodeRef } from "../tree/znode-record.ts";
import type { ZnodeTree } from "../tree/znode-tree.ts";
import type { WatcherId } from "../watch/watch-event.ts";
import type { Watches } from "../watch/watches.ts";

/** What is answered from this peer's own tree, without a txn (semantics 3). */
export type ReadRequest =
  | ExistsRequest
  | GetDataRequest
  | GetChildrenRequest
  | GetChildren2Request
  | GetAclRequest
  | GetAllChildrenNumberRequest
  | GetEphemeralsRequest
  | MultiReadRequest;

export type ReadResponse =
  | ExistsResponse
  | GetDataResponse
  | GetChildrenResponse
  | GetChildren2Response
  | GetAclResponse
  | GetAllChildrenNumberResponse
  | GetEphemeralsResponse
  | MultiResponse;

/** A read that failed: a value, as every expected outcome. */
export interface ReadError {
  readonly kind: "error";
  readonly code: ErrorCode;
}

export interface ReadScope {
  readonly tree: ZnodeTree;
  readonly acls: AclTable;
  readonly sessions: SessionTable;
  readonly watches: Watches;
  /** Whether an ACL lets the asker do it: acl/permissions.ts. */
  readonly isPermitted: typeof isPermitted;
  /** limits.ts */
  readonly multiReadSizeMaxBytes: number;
}

/** The length before each name. */
const NAME_SIZE_MIN_BYTES = 4;

export interface ReadContext {
  readonly sessionId: SessionId;
  /** What the session's connection has proved to be. */
  readonly identities: readonly AuthId[];
  /** Who is told when a read with a watch sees its znode change. */
  readonly watcher: WatcherId;
}

/**
 * Answers a read. Data in the answer is a view of the tree, valid until the next txn is applied: encode or copy
 * it before. Which permission each read needs: client-protocol 8.1; which watches it leaves: 7.2.
 */
export function read(scope: ReadScope, request: ReadRequest, context: ReadContext): ReadResponse | ReadError {
  switch (request.kind) {
    case "getData":
      return getData(scope, request, scope.tree.find(request.path), context);
    case "exists":
      return exists(scope, request, scope.tree.find(request.path), context);
    case "getChildren":
    case "getChildren2":
      return getChildren(scope, request, context);
    case "getACL":
      return getAcl(scope, request.path, context);
    case "getAllChildrenNumber":
      return getAllChildrenNumber(scope, request.path, context);
    case "getEphemerals":
      return getEphemerals(scope, request.prefixPath, context);
    case "multiRead":
      return multiRead(scope, request, context);
  }
}

/**
 * Answers many reads from one state, in order. Those that look up one znode look it up together, which in a large
 * tree is faster than one after another: what a peer does with the reads that arrive in one event-loop turn.
 */
export function readAll(
  scope: ReadScope,
  requests: readonly ReadRequest[],
  context: ReadContext,
): (ReadResponse | ReadError)[] {
  const answers: (ReadResponse | ReadError)[] = [];
  const group: (GetDataRequest | ExistsRequest)[] = [];
  const refs = new Int32Array(GROUP_MAX);
  const answerGroup = (): void => {
    scope.tree.lookup.findGroup(group, refs);
    for (let i = 0; i < group.length; i++) answers.push(answerAt(scope, group[i]!, refs[i]!, context));
    group.length = 0;
  };
  for (const request of requests) {
    if (request.kind === "getData" || request.kind === "exists") {
      group.push(request);
      if (group.length === GROUP_MAX) answerGroup();
    } else {
      answerGroup();
      answers.push(read(scope, request, context));
    }
  }
  answerGroup();
  return answers;
}

function answerAt(
  scope: ReadScope,
  request: GetDataRequest | ExistsRequest,
  ref: ZnodeRef,
  context: ReadContext,
): GetDataResponse | ExistsResponse | ReadError {
  return request.kind === "getData" ? getData(scope, request, ref, context) : exists(scope, request, ref, context);
}

function getData(
  scope: ReadScope,
  request: GetDataRequest,
  ref: ZnodeRef,
  context: ReadContext,
): GetDataResponse | ReadError {
  if (ref === REF_NONE) return failed("NO_NODE");
  if (!scope.isPermitted(aclAt(scope, ref), PERMISSIONS.READ, context.identities)) return failed("NO_AUTH");
  if (request.watch) {
    if (!scope.watches.hasRoom(context.watcher, [request.path])) return failed("BAD_ARGUMENTS");
    scope.watches.watchData(request.path, context.watcher);
  }
  return { kind: "getData", data: scope.tree.dataOf(ref), stat: statOf(scope.tree, ref) };
}

/** The watch stays whether the znode exists or not. */
function exists(
  scope: ReadScope,
  request: ExistsRequest,
  ref: ZnodeRef,
  context: ReadContext,
): ExistsResponse | ReadError {
  if (ref !== REF_NONE && !scope.isPermitted(aclAt(scope, ref), PERMISSIONS.READ, context.identities)) {
    return failed("NO_AUTH");
  }
  if (request.watch) {
    if (!scope.watches.hasRoom(context.watcher, [request.path])) return failed("BAD_ARGUMENTS");
    scope.watches.watchData(request.path, context.watcher);
  }
  return ref === REF_NONE ? failed("NO_NODE") : { kind: "exists", stat: statOf(scope.tree, ref) };
}

function getChildren(
  scope: ReadScope,
  request: GetChildrenRequest | GetChildren2Request,
  context: ReadContext,
): GetChildrenResponse | GetChildren2Response | ReadError {
  const ref = scope.tree.find(request.path);
  if (ref === REF_NONE) return failed("NO_NODE");
  if (!scope.isPermitted(aclAt(scope, ref), PERMISSIONS.READ, context.identities)) return failed("NO_AUTH");
  if (request.watch) {
    if (!scope.watches.hasRoom(context.watcher, [request.path])) return failed("BAD_ARGUMENTS");
    scope.watches.watchChildren(request.path, context.watcher);
  }
  const children = scope.tree.childrenOf(ref);
  return request.kind === "getChildren"
    ? { kind: "getChildren", children }
    : { kind: "getChildren2", children, stat: statOf(scope.tree, ref) };
}

/** READ or ADMIN; who lacks ADMIN does not see the hashes of passwords. */
function getAcl(scope: ReadScope, path: string, context: ReadContext): GetAclResponse | ReadError {
  const ref = scope.tree.find(path);
  if (ref === REF_NONE) return failed("NO_NODE");
  const acl = aclAt(scope, ref);
  if (!scope.isPermitted(acl, PERMISSIONS.READ | PERMISSIONS.ADMIN, context.identities)) return failed("NO_AUTH");
  const shown = scope.isPermitted(acl, PERMISSIONS.ADMIN, context.identities) ? acl : maskAcl(acl);
  return { kind: "getACL", acl: shown, stat: statOf(scope.tree, ref) };
}

/** The number is kept with the znode, so that asking for it never walks the tree. */
function getAllChildrenNumber(
  scope: ReadScope,
  path: string,
  context: ReadContext,
): GetAllChildrenNumberResponse | ReadError {
  const ref = scope.tree.find(path);
  if (ref === REF_NONE) return failed("NO_NODE");
  if (!scope.isPermitted(aclAt(scope, ref), PERMISSIONS.READ, context.identities)) return failed("NO_AUTH");
  return { kind: "getAllChildrenNumber", totalNumber: scope.tree.records.get(ref, DESCENDANT_COUNT) };
}

/** Only the caller's own. */
function getEphemerals(scope: ReadScope, prefix: string | null, context: ReadContext): GetEphemeralsResponse {
  const { tree } = scope;
  const owned = scope.sessions.get(context.sessionId)?.ephemerals ?? [];
  const ephemerals = Array.from(owned, (id) => tree.pathOf(tree.ids.refOf(id)));
  const wanted = prefix === null || prefix === "/" ? "" : prefix;
  return { kind: "getEphemerals", ephemerals: ephemerals.filter((path) => path.startsWith(wanted)) };
}

/**
 * Each read has its own result or error; the watch flags inside count for nothing (client-protocol 5). What does not fit
 * `multiReadSizeMaxBytes` is not tried, or a frame of reads of one large znode would be answered with gigabytes.
 */
function multiRead(scope: ReadScope, request: MultiReadRequest, context: ReadContext): MultiResponse {
  const inMulti: ReadScope = { ...scope, isPermitted: createPermissionMemo() };
  let roomBytes = scope.multiReadSizeMaxBytes;
  const results = request.ops.map((operation): MultiResult => {
    if (roomBytes <= 0) return { kind: "error", err: wireOfCode("BAD_ARGUMENTS") };
    const unwatched = { ...operation, watch: false };
    const response =
      unwatched.kind === "getData"
        ? getData(inMulti, unwatched, scope.tree.find(unwatched.path), context)
        : getChildren(inMulti, unwatched, context);
    if (response.kind === "error") return { kind: "error", err: wireOfCode(response.code) };
    if (response.kind === "getData") {
      roomBytes -= response.data?.length ?? 0;
      return response;
    }
    for (const name of response.children) roomBytes -= NAME_SIZE_MIN_BYTES + name.length;
    return { kind: "getChildren", children: response.children };
  });
  return { kind: "multiRead", results };
}

function aclAt(scope: ReadScope, ref: ZnodeRef): readonly Acl[] {
  return scope.acls.listOf(scope.tree.records.get(ref, ACL_ID));
}

function failed(code: ErrorCode): ReadError {
  return { kind: "error", code };
}
