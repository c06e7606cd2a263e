import type { Clock } from "@coterie/interface";
import { REPORT_AGAIN_MS, REPORTS_REMEMBERED_MAX } from "../limits.ts";
import type { PeerRecord } from "../link/peer-links.ts";
import type { Logger } from "../options.ts";

export interface ReportsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Each other voter, as far as links go. */
  readonly others: () => readonly PeerRecord[];
}

/** What an operator may do about what consensus reports; of the others the details say it. */
const ADVICE: Readonly<Record<string, string>> = {
  VOTER_SETS_DIFFER: "; no cluster is founded so: give all peers the same ensemble, addresses included",
};

/** What consensus reports, for the log: consensus says it as often as it comes by, the log says it now and then. */
export class Reports {
  private readonly options: ReportsOptions;
  private readonly saidMs = new Map<string, number>();

  constructor(options: ReportsOptions) {
    this.options = options;
  }

  add(code: string, details: string): void {
    const { clock, logger, others } = this.options;
    const nowMs = clock.nowMs();
    const text = `${code} ${details}`;
    const saidMs = this.saidMs.get(text);
    if (saidMs !== undefined && nowMs - saidMs < REPORT_AGAIN_MS) return;
    if (this.saidMs.size >= REPORTS_REMEMBERED_MAX) this.saidMs.clear();
    this.saidMs.set(text, nowMs);
    const cause = code === "WAITING_FOR_VOTERS" ? causes(others()) : (ADVICE[code] ?? "");
    logger.warn({ code }, details + cause);
  }
}

function causes(others: readonly PeerRecord[]): string {
  return others
    .map(({ id, address, isLinked, lastError }) => {
      return `; peer ${id} at ${address}: ${isLinked ? "linked" : (lastError ?? "not reached yet")}`;
    })
    .join("");
}
