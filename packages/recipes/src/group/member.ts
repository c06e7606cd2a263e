import type { Znode } from "@coterie/session";
import { nameOf } from "../calls/paths.ts";

/** Who is in a group. */
export interface Member {
  /** The name of its znode. */
  readonly id: string;
  readonly path: string;
  /** What it says of itself, as text. */
  readonly data: string;
  /** The same as bytes, shared by all who read them: do not change them. Null if it has said nothing. */
  readonly bytes: Uint8Array | null;
  /** The czxid of its znode: larger than that of whoever was there before under the same id. */
  readonly token: number;
  /** The session that it lives by; null for a znode that no session owns. */
  readonly sessionId: string | null;
}

export function memberOf(path: string, znode: Znode): Member {
  const { czxid: token, ephemeralOwner: sessionId } = znode.stat;
  return { id: nameOf(path), path, data: znode.text(), bytes: znode.data, token, sessionId };
}
