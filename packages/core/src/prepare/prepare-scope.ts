import type { SessionId } from "@coterie/interface";
import type { Acl } from "@coterie/protocol";
import type { isPermitted } from "../acl/permissions.ts";
import type { QuotaCheck } from "../quota/quota-check.ts";
import type { PendingState } from "./pending-state.ts";

/** What the preparation of one znode operation looks at. */
export interface PrepareScope {
  readonly pending: PendingState;
  readonly quotas: QuotaCheck;
  /** Whether an ACL lets the asker do it: acl/permissions.ts. */
  readonly isPermitted: typeof isPermitted;
  /** Whether the session may still write: it is there and not on its way out. */
  isSessionOpen(id: SessionId): boolean;
  /** Whether TTL modes are allowed. */
  readonly extendedTypesEnabled: boolean;
  /** limits.ts */
  readonly aclEntriesMax: number;
  /** Whether a write may add `growth` bytes, or take them away: limits.ts, `treeSizeMaxBytes`. */
  hasRoom(growth: number): boolean;
  /** Whether one more znode may have this ACL: limits.ts, `aclsSizeMaxBytes`. */
  hasRoomForAcl(acl: readonly Acl[]): boolean;
}
