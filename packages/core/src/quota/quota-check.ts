import type { Quotas } from "./quotas.ts";

/** What `prepare` asks of quotas. */
export interface QuotaCheck {
  /** Whether `count` more znodes or `bytes` more data at `path` must be refused. */
  isExceededBy(path: string, bytes: number, count: number): boolean;
}

/** Refuses nothing: limits are only watched unless enforcement is on (semantics 2.5). */
const UNENFORCED: QuotaCheck = Object.freeze({ isExceededBy: () => false });

export function createQuotaCheck(quotas: Quotas, enforceQuota: boolean): QuotaCheck {
  return enforceQuota ? quotas : UNENFORCED;
}
