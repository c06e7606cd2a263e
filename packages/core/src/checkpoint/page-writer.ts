import type { SessionId } from "@coterie/interface";
import { JuteWriter, writeAclVector } from "@coterie/protocol";
import { type AclId, type AclTable, OPEN_ACL } from "../acl/acl-table.ts";
import type { Session } from "../session/session-table.ts";
import { OWNER_NONE } from "../tree/owner.ts";
import type { ZnodeId } from "../tree/znode-ids.ts";
import {
  ACL_ID,
  AVERSION,
  CTIME,
  CVERSION,
  CZXID,
  ID,
  MTIME,
  MZXID,
  NAME_LENGTH,
  PARENT,
  PZXID,
  VERSION,
  type ZnodeRef,
} from "../tree/znode-record.ts";
import type { ZnodeTree } from "../tree/znode-tree.ts";
import {
  MTIME_IS_CTIME,
  MZXID_IS_CZXID,
  OWNER_IS_NONE,
  PAGE_VERSION,
  PZXID_IS_CZXID,
  SESSION_GONE_RECORD,
  SESSION_RECORD,
  VERSIONS_ARE_ZERO,
  ZNODE_GONE_RECORD,
  ZNODE_RECORD,
} from "./checkpoint-format.ts";

/** A page is closed when it has reached this size; one large znode may make it longer. */
export const PAGE_SIZE_TARGET_BYTES: number = 64 * 1024;

/** Packs records into pages. */
export class PageWriter {
  private readonly tree: ZnodeTree;
  private readonly acls: AclTable;
  private readonly writer = new JuteWriter({ capacityBytes: PAGE_SIZE_TARGET_BYTES + 4096 });
  private readonly pageAcls = new Map<AclId, number>();
  private readonly closed: Uint8Array[] = [];

  constructor(tree: ZnodeTree, acls: AclTable) {
    this.tree = tree;
    this.acls = acls;
  }

  /** A page that is complete, if there is one; it belongs to the caller. */
  shift(): Uint8Array | undefined {
    return this.closed.shift();
  }

  /** Completes the page that is being filled, if it holds anything. */
  flush(): void {
    if (this.writer.size === 0) return;
    this.closed.push(this.writer.copy());
    this.writer.reset();
    this.pageAcls.clear();
  }

  znode(ref: ZnodeRef): void {
    this.begin(ZNODE_RECORD);
    const { writer, tree } = this;
    const { records } = tree;
    const czxid = records.getLong(ref, CZXID);
    const mzxid = records.getLong(ref, MZXID);
    const pzxid = records.getLong(ref, PZXID);
    const ctime = records.getLong(ref, CTIME);
    const mtime = records.getLong(ref, MTIME);
    const owner = tree.ownerOf(ref);
    const isUnversioned = (records.get(ref, VERSION) | records.get(ref, CVERSION) | records.get(ref, AVERSION)) === 0;
    writer.writeByte(
      (mzxid === czxid ? MZXID_IS_CZXID : 0) |
        (pzxid === czxid ? PZXID_IS_CZXID : 0) |
        (mtime === ctime ? MTIME_IS_CTIME : 0) |
        (isUnversioned ? VERSIONS_ARE_ZERO : 0) |
        (owner === OWNER_NONE ? OWNER_IS_NONE : 0),
    );
    writer.writeInt(records.get(ref, ID));
    writer.writeInt(records.get(ref, PARENT));
    const nameStart = records.nameStart(ref);
    writer.writeBuffer(records.bytesOf(ref).subarray(nameStart, nameStart + records.get(ref, NAME_LENGTH)));
    writer.writeLong(czxid);
    if (mzxid !== czxid) writer.writeLong(mzxid);
    if (pzxid !== czxid) writer.writeLong(pzxid);
    writer.writeLong(ctime);
    if (mtime !== ctime) writer.writeLong(mtime);
    if (!isUnversioned) {
      writer.writeInt(records.get(ref, VERSION));
      writer.writeInt(records.get(ref, CVERSION));
      writer.writeInt(records.get(ref, AVERSION));
    }
    if (owner !== OWNER_NONE) writer.writeBigLong(owner);
    this.acl(records.get(ref, ACL_ID));
    writer.writeBuffer(tree.dataOf(ref));
    this.end();
  }

  znodeGone(id: ZnodeId): void {
    this.begin(ZNODE_GONE_RECORD);
    this.writer.writeInt(id);
    this.end();
  }

  session(session: Session): void {
    this.begin(SESSION_RECORD);
    this.writer.writeBigLong(session.id);
    this.writer.writeInt(session.timeoutMs);
    this.writer.writeBuffer(session.verifier);
    this.writer.writeLong(session.czxid);
    this.end();
  }

  sessionGone(id: SessionId): void {
    this.begin(SESSION_GONE_RECORD);
    this.writer.writeBigLong(id);
    this.end();
  }

  private begin(kind: number): void {
    if (this.writer.size === 0) this.writer.writeByte(PAGE_VERSION);
    this.writer.writeByte(kind);
  }

  private end(): void {
    if (this.writer.size >= PAGE_SIZE_TARGET_BYTES) this.flush();
  }

  private acl(id: AclId): void {
    const known = this.pageAcls.get(id);
    if (known !== undefined) {
      this.writer.writeInt(known);
      return;
    }
    this.writer.writeInt(this.pageAcls.size);
    this.pageAcls.set(id, this.pageAcls.size);
    const list = this.acls.listOf(id);
    writeAclVector(this.writer, list === OPEN_ACL ? null : list);
  }
}
