import { ID_NONE, type ZnodeIds } from "./znode-ids.ts";
import {
  CHILD_COUNT,
  DESCENDANT_COUNT,
  FIRST_CHILD,
  ID,
  NEXT,
  PARENT,
  PREVIOUS,
  REF_NONE,
  type ZnodeRecords,
  type ZnodeRef,
} from "./znode-record.ts";

/**
 * Children stand in a ring through `NEXT` and `PREVIOUS`, each new one at the end: adding and removing one touches its
 * neighbours and nothing else, however many there are. A restore appends them in the order in which it reads them, so
 * nothing that is replicated may depend on the order of the ring.
 */
export class Children {
  private readonly records: ZnodeRecords;
  private readonly ids: ZnodeIds;

  constructor(records: ZnodeRecords, ids: ZnodeIds) {
    this.records = records;
    this.ids = ids;
  }

  /** Puts the znode at the end of its parent's ring, without counting it among the ancestors' descendants. */
  append(parent: ZnodeRef, ref: ZnodeRef): void {
    const { records, ids } = this;
    // Words in hand: this is the hot path of every create.
    const words = records.wordsOf(ref);
    const at = records.wordAt(ref);
    const parentWords = records.wordsOf(parent);
    const parentAt = records.wordAt(parent);
    const id = words[at + ID]!;
    const first = parentWords[parentAt + FIRST_CHILD]!;
    words[at + PARENT] = parentWords[parentAt + ID]!;
    parentWords[parentAt + CHILD_COUNT] = parentWords[parentAt + CHILD_COUNT]! + 1;
    if (first === ID_NONE) {
      parentWords[parentAt + FIRST_CHILD] = id;
      words[at + NEXT] = id;
      words[at + PREVIOUS] = id;
      return;
    }
    const firstRef = ids.refOf(first);
    const firstWords = records.wordsOf(firstRef);
    const firstAt = records.wordAt(firstRef);
    const last = firstWords[firstAt + PREVIOUS]!;
    firstWords[firstAt + PREVIOUS] = id;
    words[at + PREVIOUS] = last;
    words[at + NEXT] = first;
    records.set(ids.refOf(last), NEXT, id);
  }

  /** As `append`, for a znode that was not there before. */
  add(parent: ZnodeRef, ref: ZnodeRef): void {
    this.append(parent, ref);
    this.countDescendants(parent, 1);
  }

  remove(ref: ZnodeRef): void {
    const { records, ids } = this;
    const id = records.get(ref, ID);
    const parent = this.parentOf(ref);
    const next = records.get(ref, NEXT);
    const previous = records.get(ref, PREVIOUS);
    records.set(parent, CHILD_COUNT, records.get(parent, CHILD_COUNT) - 1);
    if (next === id) {
      records.set(parent, FIRST_CHILD, ID_NONE);
    } else {
      records.set(ids.refOf(previous), NEXT, next);
      records.set(ids.refOf(next), PREVIOUS, previous);
      if (records.get(parent, FIRST_CHILD) === id) records.set(parent, FIRST_CHILD, next);
    }
    this.countDescendants(parent, -1);
  }

  parentOf(ref: ZnodeRef): ZnodeRef {
    return this.ids.refOf(this.records.get(ref, PARENT));
  }

  /** The first child of the ring, or `REF_NONE`. */
  firstOf(ref: ZnodeRef): ZnodeRef {
    const first = this.records.get(ref, FIRST_CHILD);
    return first === ID_NONE ? REF_NONE : this.ids.refOf(first);
  }

  /** The sibling behind `ref`, or `REF_NONE` behind the last one. */
  nextOf(ref: ZnodeRef): ZnodeRef {
    const next = this.records.get(ref, NEXT);
    const first = this.records.get(this.parentOf(ref), FIRST_CHILD);
    return next === first ? REF_NONE : this.ids.refOf(next);
  }

  /** `top` and everything below it, parents first, without recursion. The tree must not change meanwhile. */
  *subtree(top: ZnodeRef): IterableIterator<ZnodeRef> {
    let at = top;
    for (;;) {
      yield at;
      let next = this.firstOf(at);
      while (next === REF_NONE && at !== top) {
        next = this.nextOf(at);
        at = this.parentOf(at);
      }
      if (next === REF_NONE) return;
      at = next;
    }
  }

  private countDescendants(from: ZnodeRef, change: number): void {
    const { records, ids } = this;
    for (let at = from; ;) {
      const words = records.wordsOf(at);
      const word = records.wordAt(at);
      words[word + DESCENDANT_COUNT] = words[word + DESCENDANT_COUNT]! + change;
      const parent = words[word + PARENT]!;
      // The root alone has no parent.
      if (parent === ID_NONE) return;
      at = ids.refOf(parent);
    }
  }
}
