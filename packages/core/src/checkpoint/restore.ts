import type { RestoreTarget, SessionId, StateRestore } from "@coterie/interface";
import { createEmptyState, type State } from "../state.ts";
import { CoreStateMachine, type StateMachineOptions } from "../state-machine.ts";
import { isEphemeralOwner } from "../tree/owner.ts";
import { isNameEncoding } from "../tree/path-bytes.ts";
import { ROOT } from "../tree/path-lookup.ts";
import type { WaitingInserts } from "../tree/waiting-inserts.ts";
import { ID_NONE, type ZnodeId } from "../tree/znode-ids.ts";
import { DESCENDANT_COUNT, ID, NAME_LENGTH, PARENT, REF_NONE, type ZnodeRef } from "../tree/znode-record.ts";
import { corrupt, type PageSink, readPage, type SessionRecord, type ZnodeRecord } from "./page-reader.ts";

/** Znodes looked at in one step at most. */
const STEP_ZNODES = 4096;
const STEP_SESSIONS = 1024;
const PATH_SIZE_USUAL_BYTES = 256;
const SLASH = 0x2f;

/**
 * Builds a state from pages: those of a full checkpoint, then of each delta after it, in order. Then `step` until
 * it says that nothing is left; each step is below a few milliseconds. Nothing of it is visible before `finish`.
 */
export class Restore implements StateRestore<CoreStateMachine>, PageSink {
  private readonly state: State;
  private readonly sessions = new Map<SessionId, SessionRecord>();
  private readonly options: StateMachineOptions;
  private work: Iterator<void> | null = null;

  constructor(options: StateMachineOptions = {}) {
    this.options = options;
    this.state = createEmptyState(options);
  }

  /** @throws CoterieError CHECKPOINT_CORRUPT */
  addPage(bytes: Uint8Array): void {
    readPage(bytes, this);
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

  znode(record: Readonly<ZnodeRecord>): void {
    const { tree, acls } = this.state;
    const { records, ids } = tree;
    const { id, bytes, nameStart, nameEnd, dataStart, dataEnd } = record;
    // The digest is of the text; bytes that say the same in another way would be found by no look-up.
    if (!isNameEncoding(bytes, nameStart, nameEnd)) throw corrupt(`znode ${id} has a name that is no UTF-8`);
    // Nor does it cover these.
    if (id === ROOT && (record.parent !== ID_NONE || nameEnd > nameStart)) throw corrupt("the root has a place");
    if (ids.has(id)) tree.dropRestored(ids.refOf(id));
    else ids.claim(id);
    const ref = records.allocate(bytes, nameStart, nameEnd, dataEnd - dataStart);
    ids.place(id, ref);
    records.fillRestored(ref, record, acls.acquire(record.acl));
    tree.fillRestored(ref, record.owner, dataStart < 0 ? null : bytes, dataStart, dataEnd);
  }

  znodeGone(id: ZnodeId): void {
    const { tree } = this.state;
    if (!tree.ids.has(id)) return;
    tree.dropRestored(tree.ids.refOf(id));
    tree.ids.unclaim(id);
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
    if (!this.state.tree.ids.has(ROOT)) throw corrupt("no page holds the root");
    yield* this.addSessions();
    yield* this.linkChildren();
    yield* this.enterZnodes();
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

  private *linkChildren(): Generator<void> {
    const { records, ids, children } = this.state.tree;
    for (let id = ROOT + 1; id < ids.end; id++) {
      if (id % STEP_ZNODES === 0) yield;
      const beyond = id % STEP_ZNODES === 0 ? ids.skipHole(id) : id;
      if (beyond !== id) {
        id = beyond - 1;
        continue;
      }
      if (!ids.has(id)) continue;
      const parent = records.get(ids.refOf(id), PARENT);
      if (!ids.has(parent)) throw corrupt(`znode ${id} has no parent`);
      children.append(ids.refOf(parent), ids.refOf(id));
    }
    for (let from = ROOT; from < ids.end; yield) from = ids.rebuildVacant(from, STEP_ZNODES);
  }

  /** Goes down the tree with the path in hand, so that each znode finds its place in index and digest. */
  private *enterZnodes(): Generator<void> {
    const { tree } = this.state;
    const { records, children } = tree;
    const root = tree.ids.refOf(ROOT);
    for (let shard = 0; tree.lookup.reserve(shard, tree.size); shard++) yield;
    const path = new GrowingPath();
    const inserts = tree.lookup.createInserts();
    let count = 0;
    let budget = 0;
    for (let at = root; ;) {
      if (budget <= 0) {
        yield;
        budget = STEP_ZNODES;
      }
      count += 1;
      // Its whole path is hashed: deep down that is what costs.
      budget -= 1 + path.length / PATH_SIZE_USUAL_BYTES;
      if (at !== root) path.push(records.bytesOf(at), records.nameStart(at), records.get(at, NAME_LENGTH));
      this.enter(inserts, at, path);
      let next = children.firstOf(at);
      while (next === REF_NONE && at !== root) {
        next = children.nextOf(at);
        path.pop(records.get(at, NAME_LENGTH));
        const parent = children.parentOf(at);
        const below = records.get(parent, DESCENDANT_COUNT) + records.get(at, DESCENDANT_COUNT) + 1;
        records.set(parent, DESCENDANT_COUNT, below);
        at = parent;
      }
      if (next === REF_NONE) break;
      at = next;
    }
    inserts.finish();
    if (count !== tree.size) throw corrupt("its znodes do not hang together");
  }

  private enter(inserts: WaitingInserts, ref: ZnodeRef, path: GrowingPath): void {
    const { tree, sessions, quotas, reap } = this.state;
    tree.enterRestored(inserts, ref, path.bytes, path.length);
    const owner = tree.ownerOf(ref);
    const id = tree.records.get(ref, ID);
    if (isEphemeralOwner(owner)) {
      if (!sessions.has(owner as SessionId)) throw corrupt(`znode ${id} belongs to no session`);
      sessions.own(owner, id);
    } else {
      reap.created(id, owner);
    }
    quotas.restored(ref);
  }
}

/** The bytes of the path of the znode that a walk stands at. */
class GrowingPath {
  bytes: Uint8Array = new Uint8Array(1024);
  length = 0;

  push(name: Uint8Array, start: number, size: number): void {
    const end = this.length + 1 + size;
    if (end > this.bytes.length) {
      const grown = new Uint8Array(end * 2);
      grown.set(this.bytes);
      this.bytes = grown;
    }
    const { bytes } = this;
    const to = this.length + 1;
    bytes[this.length] = SLASH;
    for (let i = 0; i < size; i++) bytes[to + i] = name[start + i]!;
    this.length = end;
  }

  pop(size: number): void {
    this.length -= size + 1;
  }
}
