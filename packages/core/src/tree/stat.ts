import type { Stat } from "@coterie/protocol";
import { shownOwner } from "./owner.ts";
import {
  AVERSION,
  CHILD_COUNT,
  CTIME,
  CVERSION,
  CZXID,
  DATA_LENGTH,
  MTIME,
  MZXID,
  PZXID,
  VERSION,
  type ZnodeRef,
} from "./znode-record.ts";
import type { ZnodeTree } from "./znode-tree.ts";

/** The Stat that clients see (semantics 2.1): it counts creates and deletes in one number, and hides container marks. */
export function statOf(tree: ZnodeTree, ref: ZnodeRef): Stat {
  const { records } = tree;
  const numChildren = records.get(ref, CHILD_COUNT);
  return {
    czxid: records.getLong(ref, CZXID),
    mzxid: records.getLong(ref, MZXID),
    ctime: records.getLong(ref, CTIME),
    mtime: records.getLong(ref, MTIME),
    version: records.get(ref, VERSION),
    cversion: (2 * records.get(ref, CVERSION) - numChildren) | 0,
    aversion: records.get(ref, AVERSION),
    ephemeralOwner: shownOwner(tree.ownerOf(ref)),
    dataLength: Math.max(0, records.get(ref, DATA_LENGTH)),
    numChildren,
    pzxid: records.getLong(ref, PZXID),
  };
}
