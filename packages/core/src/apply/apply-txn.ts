import { assert, type SessionId, type Zxid } from "@coterie/interface";
import type { Acl } from "@coterie/protocol";
import type { AclTable } from "../acl/acl-table.ts";
import type { Quotas } from "../quota/quotas.ts";
import type { ReapCandidates } from "../reap/reap-candidates.ts";
import type { SessionTable } from "../session/session-table.ts";
import { isEphemeralOwner } from "../tree/owner.ts";
import { statOf } from "../tree/stat.ts";
import { CONFIG_PATH } from "../tree/system-znodes.ts";
import { ID_NONE } from "../tree/znode-ids.ts";
import { ACL_ID, CHILD_COUNT, DATA_LENGTH, ID, PARENT, REF_NONE, type ZnodeRef } from "../tree/znode-record.ts";
import type { ZnodeTree } from "../tree/znode-tree.ts";
import type { Located, LoggedOperation } from "../txn/logged-operation.ts";
import type { LoggedTxn, TxnHeader } from "../txn/txn.ts";
import type { EventSink, Watches } from "../watch/watches.ts";
import type { Outcome } from "./outcome.ts";

/** The rooms that a txn changes. */
export interface ApplyScope {
  readonly tree: ZnodeTree;
  readonly acls: AclTable;
  readonly sessions: SessionTable;
  readonly quotas: Quotas;
  readonly reap: ReapCandidates;
  readonly watches: Watches;
}

/** The data version of /zookeeper/config, whatever it holds (semantics 2.6). */
const CONFIG_VERSION = -1;

/**
 * The only way in which the tree changes: live, in synchronisation and in recovery. It cannot fail: what could
 * has been decided by `prepare`, so a txn that does not fit the state is an assertion.
 */
export function applyTxn(scope: ApplyScope, zxid: Zxid, header: TxnHeader, txn: LoggedTxn, events: EventSink): Outcome {
  switch (txn.kind) {
    case "create":
      return applyCreate(scope, zxid, header, txn, events);
    case "delete":
      applyDelete(scope, zxid, txn, findLogged(scope, txn), events);
      return { kind: "delete" };
    case "setData":
      return applySetData(scope, zxid, header, txn, events);
    case "setACL":
      return applySetAcl(scope, txn);
    case "check":
      return { kind: "check" };
    case "multi":
      return {
        kind: "multi",
        results: txn.txns.map((operation) => applyTxn(scope, zxid, header, operation, events)),
      };
    case "error":
      return { kind: "error", code: txn.code, results: txn.results };
    case "createSession":
      scope.sessions.create(txn.id, txn.timeoutMs, txn.verifier, zxid);
      return { kind: "createSession", id: txn.id, timeoutMs: txn.timeoutMs };
    case "closeSession":
      return applyCloseSession(scope, zxid, txn.id, events);
    case "config":
      return applyConfig(scope, zxid, header, txn.data, events);
  }
}

function applyCreate(
  scope: ApplyScope,
  zxid: Zxid,
  header: TxnHeader,
  txn: LoggedOperation,
  events: EventSink,
): Outcome {
  const { tree, acls, watches } = scope;
  const { path, data, acl, owner } = txn;
  const isEphemeral = isEphemeralOwner(owner);
  assert(!isEphemeral || scope.sessions.has(owner as SessionId), "the owner of an ephemeral znode is a session");
  const aclId = acls.acquire(acl);
  const id = tree.createAt(txn.bytes, txn.pathStart, txn.pathEnd, { data, aclId, owner, zxid, timeMs: header.timeMs });
  const parentId = tree.records.get(tree.ids.refOf(id), PARENT);
  tree.countCreate(tree.ids.refOf(parentId), txn.version, zxid);
  if (isEphemeral) scope.sessions.own(owner, id);
  else scope.reap.created(id, owner);
  const stat = statOf(tree, tree.ids.refOf(id));
  // The usage znodes of a quota may move, and the new znode may be one of them: after it only ids hold.
  scope.quotas.created(path, tree.ids.refOf(id));
  watches.created(events, txn, acls.listOf(aclId), zxid);
  watches.childrenChanged(events, txn, aclAt(scope, tree.ids.refOf(parentId)), zxid);
  return { kind: "create", path, stat };
}

function applyDelete(scope: ApplyScope, zxid: Zxid, at: Located, ref: ZnodeRef, events: EventSink): void {
  const { tree, watches } = scope;
  assert(ref !== REF_NONE, "a deleted znode exists");
  const parentId = tree.records.get(ref, PARENT);
  assert(tree.records.get(ref, CHILD_COUNT) === 0 && parentId !== ID_NONE, "a deleted znode is a leaf below the root");
  const id = tree.records.get(ref, ID);
  const owner = tree.ownerOf(ref);
  const acl = aclAt(scope, ref);
  if (isEphemeralOwner(owner)) scope.sessions.disown(owner, id);
  else scope.reap.removed(id);
  // The usage znodes of a quota may move, and this may be one of them: after it only ids hold.
  scope.quotas.removing(at, ref);
  tree.remove(tree.ids.refOf(id));
  const parent = tree.ids.refOf(parentId);
  tree.countDelete(parent, zxid);
  watches.deleted(events, at, acl, zxid);
  watches.childrenChanged(events, at, aclAt(scope, parent), zxid);
}

function applySetData(
  scope: ApplyScope,
  zxid: Zxid,
  header: TxnHeader,
  txn: LoggedOperation,
  events: EventSink,
): Outcome {
  const { tree } = scope;
  const { data } = txn;
  const ref = findLogged(scope, txn);
  assert(ref !== REF_NONE, "a znode whose data is set exists");
  const growth = sizeOf(data) - Math.max(0, tree.records.get(ref, DATA_LENGTH));
  const at = tree.setData(ref, data, txn.version, zxid, header.timeMs);
  const stat = statOf(tree, at);
  const acl = aclAt(scope, at);
  scope.quotas.resized(txn, growth);
  scope.watches.changed(events, txn, acl, zxid);
  return { kind: "setData", stat };
}

/** Changes neither mzxid nor mtime, and fires no watch (semantics 2.2). */
function applySetAcl(scope: ApplyScope, txn: LoggedOperation): Outcome {
  const { tree } = scope;
  const ref = findLogged(scope, txn);
  assert(ref !== REF_NONE, "a znode whose ACL is set exists");
  tree.setAcl(ref, scope.acls.acquire(txn.acl), txn.version);
  return { kind: "setACL", stat: statOf(tree, ref) };
}

/**
 * Every ephemeral goes with this one zxid, so that nobody sees some of them gone and others not. In the order of
 * their paths: quota usage depends on the order, and a restored peer has forgotten in which they were created.
 */
function applyCloseSession(scope: ApplyScope, zxid: Zxid, id: SessionId, events: EventSink): Outcome {
  const { tree, sessions } = scope;
  const session = sessions.get(id);
  if (session !== undefined) {
    const paths = Array.from(session.ephemerals, (znode) => tree.pathOf(tree.ids.refOf(znode)));
    for (const path of paths.toSorted()) applyDelete(scope, zxid, { path }, tree.find(path), events);
    sessions.remove(id);
  }
  return { kind: "closeSession", id };
}

function applyConfig(scope: ApplyScope, zxid: Zxid, header: TxnHeader, data: Uint8Array, events: EventSink): Outcome {
  const { tree } = scope;
  const at = tree.setData(tree.find(CONFIG_PATH), data, CONFIG_VERSION, zxid, header.timeMs);
  scope.watches.changed(events, { path: CONFIG_PATH }, aclAt(scope, at), zxid);
  return { kind: "config", stat: statOf(tree, at) };
}

function findLogged(scope: ApplyScope, { bytes, pathStart, pathEnd }: LoggedOperation): ZnodeRef {
  return scope.tree.findBytes(bytes, pathStart, pathEnd);
}

function aclAt(scope: ApplyScope, ref: ZnodeRef): readonly Acl[] {
  return scope.acls.listOf(scope.tree.records.get(ref, ACL_ID));
}

function sizeOf(data: Uint8Array | null): number {
  return data === null ? 0 : data.length;
}
