import type { Acl, JuteReader } from "@coterie/protocol";
import { OPEN_ACL } from "../acl/acl-table.ts";
import type { ZnodeTxn } from "./txn.ts";

/** What has a path, which need not be a string before somebody asks for it. */
export interface Located {
  readonly path: string;
}

/**
 * A `ZnodeTxn` as its bytes say it. The tree finds znodes by bytes, and only watches, quotas and answers want the path
 * as a string; so it stays where it is until then. Fields that the kind does not have keep their first values.
 *
 * Good for as long as the reader stands on the bytes of the txn.
 */
export class LoggedOperation implements Located {
  readonly kind: ZnodeTxn["kind"];
  /** The path is `bytes[pathStart, pathEnd)`: UTF-8, if the txn is what `prepare` wrote. */
  readonly bytes: Uint8Array;
  readonly pathStart: number;
  readonly pathEnd: number;
  /** A view of `bytes`, or null. */
  data: Uint8Array | null = null;
  acl: readonly Acl[] = OPEN_ACL;
  /** After the change: the data's version, the ACL's, or the cversion of a created znode's parent. */
  version = 0;
  /** The stored ephemeralOwner (tree/owner.ts). */
  owner = 0n;
  private readonly reader: JuteReader;
  private text: string | null = null;

  /** Reads the path, which stands before all else. */
  constructor(kind: ZnodeTxn["kind"], reader: JuteReader, bytes: Uint8Array) {
    this.kind = kind;
    this.reader = reader;
    this.bytes = bytes;
    this.pathStart = reader.skipString();
    this.pathEnd = reader.position;
  }

  get path(): string {
    return (this.text ??= this.reader.textAt(this.pathStart, this.pathEnd));
  }
}
