import type { SessionId } from "@coterie/interface";
import type { QuotaCheck } from "../quota/quota-check.ts";
import type { PendingState } from "./pending-state.ts";

/** What the preparation of one znode operation looks at. */
export interface PrepareScope {
  readonly pending: PendingState;
  readonly quotas: QuotaCheck;
  /** Whether the session may still write: it is there and not on its way out. */
  isSessionOpen(id: SessionId): boolean;
  /** Whether TTL modes are allowed. */
  readonly extendedTypesEnabled: boolean;
  /** Whether the tree may grow (limits.ts, `treeSizeMaxBytes`). */
  hasRoom(): boolean;
}
