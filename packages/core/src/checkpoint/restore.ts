import type { RestoreTarget, SessionId, StateRestore } from "@coterie/interface";
import type { Acl } from "@coterie/protocol";
import type { AclId } from "../acl/acl-table.ts";
import { createEmptyState, type State } from "../state.ts";
import { CoreStateMachine, type StateMachineOptions } from "../state-machine.ts";
import { ROOT } from "../tree/path-lookup.ts";
import { QUOTA_PATH } from "../tree/system-znodes.ts";
import { ID_NONE, type ZnodeId } from "../tree/znode-ids.ts";
import { REF_NONE } from "../tree/znode-record.ts";
import { corrupt, type PageSink, readPage, type SessionRecord, type ZnodeRecord } from "./page-reader.ts";
import { TreeAssembly } from "./tree-assembly.ts";

/** Ids or znodes looked at in one step at most. */
const STEP_IDS = 4096;
const STEP_SESSIONS = 1024;

/**
 * Builds a state from pages: those of a full checkpoint, then of each delta after it, in order. Then `step` until
 * it says that nothing is left; each step is below a few milliseconds. Nothing of it is visible before `finish`.
 */
export class Restore implements StateRestore<CoreStateMachine>, PageSink {
  private readonly state: State;
  private readonly sessions = new Map<SessionId, SessionRecord>();
  private readonly options: StateMachineOptions;
  /** The ACLs of the page that is being read, in its order. */
  private readonly pageAcls: AclId[] = [];
  private work: Iterator<void> | null = null;

  constructor(options: StateMachineOptions = {}) {
    this.options = options;
    this.state = createEmptyState(options);
  }

  /** @throws CoterieError CHECKPOINT_CORRUPT */
  addPage(bytes: Uint8Array): void {
    const { pageAcls } = this;
    const { acls } = this.state;
    readPage(bytes, this);
    // Until here the page had a use of each by itself: a list cannot go while a record behind may name it.
    for (const id of pageAcls) acls.release(id);
    pageAcls.length = 0;
  }

  /** After the last page: does a bounded piece of the rest; false when all is done. @throws CHECKPOINT_CORRUPT */
  step(): boolean {
    this.work ??= this.assemble();
    return this.work.next().done !== true;
  }

  /**
   * The machine, which the caller now owns; `checkpoints.resume` tells it what it was restored from.
   * @throws CoterieError CHECKPOINT_CORRUPT if the digest is not the target's: a page is missing or wrong.
   */
  finish(target: RestoreTarget): CoreStateMachine {
    while (this.step());
    const digest = this.state.digest.toString();
    if (digest !== target.digest)
      throw corrupt(`the pages amount to digest ${digest}, the marker says ${target.digest}`);
    this.state.zxid = target.zxid;
    return new CoreStateMachine(this.state, this.options);
  }

  acl(list: readonly Acl[]): void {
    this.pageAcls.push(this.state.acls.acquire(list));
  }

  znode(record: ZnodeRecord): void {
    const { tree, acls } = this.state;
    const { id, parent, nameStart, nameEnd, aclIndex } = record;
    // The digest does not cover these.
    if (id === ROOT && (parent !== ID_NONE || nameEnd > nameStart)) throw corrupt("the root has a place");
    const aclId = this.pageAcls[aclIndex]!;
    acls.acquireAgain(aclId);
    tree.restore(record, aclId);
  }

  znodeGone(id: ZnodeId): void {
    this.state.tree.unrestore(id);
  }

  session(record: SessionRecord): void {
    // No digest covers czxid, but the id repeats it.
    if (BigInt.asUintN(56, record.id) !== BigInt(record.czxid)) throw corrupt(`a session has the czxid of another`);
    this.sessions.set(record.id, { ...record, verifier: record.verifier.slice() });
  }

  sessionGone(id: SessionId): void {
    this.sessions.delete(id);
  }

  private *assemble(): Generator<void> {
    const { tree } = this.state;
    if (!tree.ids.has(ROOT)) throw corrupt("no page holds the root");
    yield* this.addSessions();
    for (let shard = 0; tree.lookup.reserve(shard, tree.size); shard++) yield;
    const assembly = new TreeAssembly(this.state);
    while (assembly.enter()) yield;
    yield;
    while (assembly.close()) yield;
    for (let from = ROOT; from < tree.ids.end; yield) from = tree.ids.rebuildVacant(from, STEP_IDS);
    yield* this.findLimits();
  }

  private *addSessions(): Generator<void> {
    const inOrder = [...this.sessions.values()].toSorted((one, other) => one.czxid - other.czxid);
    for (const [index, { id, timeoutMs, verifier, czxid }] of inOrder.entries()) {
      if (index % STEP_SESSIONS === 0) yield;
      this.state.sessions.create(id, timeoutMs, verifier, czxid);
    }
    this.sessions.clear();
    this.state.sessions.markUnchanged();
  }

  /** Only below the znode of all quotas can limits be. */
  private *findLimits(): Generator<void> {
    const { tree, quotas } = this.state;
    const top = tree.find(QUOTA_PATH);
    if (top === REF_NONE) return;
    let count = 0;
    for (const ref of tree.children.subtree(top)) {
      quotas.restored(ref);
      if (++count % STEP_IDS === 0) yield;
    }
  }
}
