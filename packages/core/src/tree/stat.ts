import type { Stat } from "@coterie/protocol";
import { OWNER_NONE, shownOwner } from "./owner.ts";
import {
  AVERSION,
  CHILD_COUNT,
  CTIME,
  CVERSION,
  CZXID,
  DATA_LENGTH,
  longAt,
  MTIME,
  MZXID,
  OWNER,
  PZXID,
  VERSION,
  type ZnodeRef,
} from "./znode-record.ts";
import type { ZnodeTree } from "./znode-tree.ts";

/** The Stat that clients see (semantics 2.1): it counts creates and deletes in one number, and hides container marks. */
export function statOf(tree: ZnodeTree, ref: ZnodeRef): Stat {
  // Words in hand: this is the hot path of every read.
  const words = tree.records.wordsOf(ref);
  const at = tree.records.wordAt(ref);
  const numChildren = words[at + CHILD_COUNT]!;
  return {
    czxid: longAt(words, at + CZXID),
    mzxid: longAt(words, at + MZXID),
    ctime: longAt(words, at + CTIME),
    mtime: longAt(words, at + MTIME),
    version: words[at + VERSION]!,
    cversion: (2 * words[at + CVERSION]! - numChildren) | 0,
    aversion: words[at + AVERSION]!,
    ephemeralOwner: words[at + OWNER] === 0 && words[at + OWNER + 1] === 0 ? OWNER_NONE : shownOwner(tree.ownerOf(ref)),
    dataLength: Math.max(0, words[at + DATA_LENGTH]!),
    numChildren,
    pzxid: longAt(words, at + PZXID),
  };
}
