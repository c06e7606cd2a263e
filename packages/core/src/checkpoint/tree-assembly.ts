import type { SessionId } from "@coterie/interface";
import { absorbA, finish, LANE_A_START } from "../digest/mix.ts";
import { pathDigestOfUtf8 } from "../digest/path-digest.ts";
import type { State } from "../state.ts";
import { isEphemeralOwner } from "../tree/owner.ts";
import { absorbWord, closeHash, secretOf } from "../tree/path-hash.ts";
import { ROOT } from "../tree/path-lookup.ts";
import type { WaitingInserts } from "../tree/waiting-inserts.ts";
import { ID_NONE, type ZnodeId } from "../tree/znode-ids.ts";
import {
  ACL_ID,
  CHILD_COUNT,
  DESCENDANT_COUNT,
  FIRST_CHILD,
  NAME_LENGTH,
  NEXT,
  OWNER,
  PARENT,
  PATH_DIGEST,
  PATH_HASH,
  PREVIOUS,
  type ZnodeRef,
} from "../tree/znode-record.ts";
import { corrupt } from "./page-reader.ts";
import {
  CHILDREN,
  DESCENDANTS,
  LAST_CHILD,
  OWN_PARENT,
  ParentTable,
  PATH_LENGTH,
  PATH_REST,
  PATH_STATE,
  ZNODE,
} from "./parent-table.ts";

/** Znodes entered in one step at most, and bytes of a name that take as long as another. */
const STEP_ZNODES = 1024;
const NAME_SIZE_USUAL_BITS = 8;
const STEP_PARENTS = 16_384;
const SLASH = 0x2f;

/**
 * Gives restored records their places: in their parents' rings, in the path index and in the digest.
 *
 * It goes through the ids in order, which is the order in which most records stand in memory, and touches each record
 * once. A record can be entered when its parent has been; nearly always it has, as a parent is older than its children, and
 * where an id was used again the ancestors go first. What the children of a znode need of its path, and what is counted of
 * them, stands in a table of those that have children.
 */
export class TreeAssembly {
  private readonly state: State;
  private readonly inserts: WaitingInserts;
  private readonly parents = new ParentTable();
  private readonly secret: number;
  private cursor: ZnodeId = ROOT + 1;
  /** Znodes that wait for the one behind them, their parent: the last one is next. */
  private readonly waiting: ZnodeId[] = [];
  /** The parent of the znode entered last, its record, and its entry. */
  private parent: ZnodeId = ID_NONE;
  private parentRef: ZnodeRef = 0;
  private parentDigest = 0;
  private entry: Int32Array = new Int32Array(0);
  private entryAt = 0;
  /** The entry whose ring is closed next. */
  private closing = 0;

  constructor(state: State) {
    this.state = state;
    const { lookup, ids, records } = state.tree;
    this.inserts = lookup.createInserts();
    this.secret = secretOf(lookup.hashKey);
    const root = ids.refOf(ROOT);
    const words = records.wordsOf(root);
    const at = records.wordAt(root);
    this.addItem(root, ROOT, words, at);
    this.turnTo(ROOT, ROOT);
  }

  /** Enters some of the znodes; false when all of them are. @throws CoterieError CHECKPOINT_CORRUPT */
  enter(): boolean {
    const { ids, records } = this.state.tree;
    const { waiting } = this;
    for (let budget = STEP_ZNODES; budget > 0; budget--) {
      const isWaiting = waiting.length > 0;
      const id = isWaiting ? waiting[waiting.length - 1]! : this.cursor;
      if (!ids.has(id)) {
        if (id >= ids.end) break;
        this.cursor = Math.max(id + 1, ids.skipHole(id));
        continue;
      }
      const ref = ids.refOf(id);
      const words = records.wordsOf(ref);
      const at = records.wordAt(ref);
      // A ring is never open while others look at it: here it tells who has been entered.
      if (words[at + PREVIOUS] === ID_NONE) {
        const parent = words[at + PARENT]!;
        if (parent !== this.parent && !this.turnTo(parent, id)) continue;
        this.enterPath(ref, words, at);
        this.append(id, words, at);
        this.addItem(ref, id, words, at);
        budget -= words[at + NAME_LENGTH]! >> NAME_SIZE_USUAL_BITS;
      }
      if (isWaiting) waiting.pop();
      else this.cursor = id + 1;
    }
    if (waiting.length > 0 || this.cursor < ids.end) return true;
    this.inserts.finish();
    this.closing = this.parents.size;
    return false;
  }

  /** Closes some of the rings, and counts who is in them; false when all are. After the last `enter`. */
  close(): boolean {
    const { ids, records } = this.state.tree;
    const { parents } = this;
    // From the last to the first: a znode comes before its parent.
    for (let budget = STEP_PARENTS; budget > 0 && this.closing > 0; budget--, this.closing--) {
      const entry = parents.chunkOf(this.closing);
      const entryAt = parents.placeOf(this.closing);
      const ref = ids.refOf(entry[entryAt + ZNODE]!);
      const last = entry[entryAt + LAST_CHILD]!;
      if (last !== ID_NONE) {
        const first = records.get(ref, FIRST_CHILD);
        records.set(ids.refOf(first), PREVIOUS, last);
        records.set(ids.refOf(last), NEXT, first);
      }
      const children = entry[entryAt + CHILDREN]!;
      const below = entry[entryAt + DESCENDANTS]! + children;
      records.set(ref, CHILD_COUNT, children);
      records.set(ref, DESCENDANT_COUNT, below);
      const parent = entry[entryAt + OWN_PARENT]!;
      if (parent > 0) parents.chunkOf(parent)[parents.placeOf(parent) + DESCENDANTS]! += below;
    }
    return this.closing > 0;
  }

  /** Makes `parent` the one that children are appended to; false if it has to be entered itself before. */
  private turnTo(parent: ZnodeId, child: ZnodeId): boolean {
    const { ids, records } = this.state.tree;
    if (!ids.has(parent)) throw corrupt(`znode ${child} has no parent`);
    const ref = ids.refOf(parent);
    const words = records.wordsOf(ref);
    const at = records.wordAt(ref);
    if (words[at + PREVIOUS] === ID_NONE && parent !== ROOT) {
      this.waiting.push(parent);
      if (this.waiting.length > ids.size) throw corrupt("its znodes do not hang together");
      return false;
    }
    // Until the rings are closed, the number of its entry stands here.
    let number = words[at + DESCENDANT_COUNT]!;
    if (number === 0) words[at + DESCENDANT_COUNT] = number = this.addParent(parent, ref, words, at);
    this.entry = this.parents.chunkOf(number);
    this.entryAt = this.parents.placeOf(number);
    this.parent = parent;
    this.parentRef = ref;
    this.parentDigest = words[at + PATH_DIGEST]!;
    return true;
  }

  /** Adds the entry of a znode that has children, and whose own parent has one; returns its number. */
  private addParent(id: ZnodeId, ref: ZnodeRef, words: Int32Array, at: number): number {
    const { parents, state, secret } = this;
    const { ids, records, lookup } = state.tree;
    if (id === ROOT) return parents.add(id, 0, lookup.hashKey.k0, SLASH, 1);
    const own = records.get(ids.refOf(words[at + PARENT]!), DESCENDANT_COUNT);
    const entry = parents.chunkOf(own);
    const entryAt = parents.placeOf(own);
    let hash = entry[entryAt + PATH_STATE]!;
    let rest = entry[entryAt + PATH_REST]!;
    let length = entry[entryAt + PATH_LENGTH]!;
    const bytes = records.bytesOf(ref);
    const start = records.nameStart(ref);
    const size = words[at + NAME_LENGTH]!;
    for (let i = 0; i <= size; i++, length++) {
      rest |= (i < size ? bytes[start + i]! : SLASH) << ((length & 3) << 3);
      if ((length & 3) === 3) {
        hash = absorbWord(hash, rest, secret);
        rest = 0;
      }
    }
    return parents.add(id, own, hash, rest, length);
  }

  /** Hash and digest of its path, which begins with the one of the parent's entry: both in one run over the name. */
  private enterPath(ref: ZnodeRef, words: Int32Array, at: number): void {
    const { entry, entryAt, secret, parentDigest } = this;
    const { records } = this.state.tree;
    const bytes = records.bytesOf(ref);
    const size = words[at + NAME_LENGTH]!;
    const start = records.nameStart(ref);
    const end = start + size;
    const before = entry[entryAt + PATH_LENGTH]!;
    let hash = entry[entryAt + PATH_STATE]!;
    let rest = entry[entryAt + PATH_REST]!;
    let shift = (before & 3) << 3;
    let lane = absorbA(LANE_A_START, parentDigest);
    let all = 0;
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!;
      all |= byte;
      lane = absorbA(lane, byte);
      rest |= byte << shift;
      shift += 8;
      if (shift === 32) {
        hash = absorbWord(hash, rest, secret);
        rest = 0;
        shift = 0;
      }
    }
    words[at + PATH_HASH] = closeHash(hash, rest, before + size, secret);
    words[at + PATH_DIGEST] =
      all <= 0x7f ? finish(absorbA(lane, size)) : pathDigestOfUtf8(parentDigest, bytes, start, end);
  }

  /** Puts it at the end of its parent's ring, which stays open. */
  private append(id: ZnodeId, words: Int32Array, at: number): void {
    const { entry, entryAt } = this;
    const { ids, records } = this.state.tree;
    const last = entry[entryAt + LAST_CHILD]!;
    entry[entryAt + LAST_CHILD] = id;
    entry[entryAt + CHILDREN]! += 1;
    if (last === ID_NONE) {
      words[at + PREVIOUS] = id;
      records.set(this.parentRef, FIRST_CHILD, id);
    } else {
      words[at + PREVIOUS] = last;
      records.set(ids.refOf(last), NEXT, id);
    }
  }

  private addItem(ref: ZnodeRef, id: ZnodeId, words: Int32Array, at: number): void {
    const { digest, acls } = this.state;
    digest.addZnode(words, at, acls.digestOf(words[at + ACL_ID]!));
    if (id !== ROOT) this.inserts.add(words[at + PATH_HASH]!, ref);
    if ((words[at + OWNER]! | words[at + OWNER + 1]!) !== 0) this.own(ref, id);
  }

  private own(ref: ZnodeRef, id: ZnodeId): void {
    const { tree, sessions, reap } = this.state;
    const owner = tree.ownerOf(ref);
    if (isEphemeralOwner(owner)) {
      if (!sessions.has(owner as SessionId)) throw corrupt(`znode ${id} belongs to no session`);
      sessions.own(owner, id);
    } else {
      reap.created(id, owner);
    }
  }
}
