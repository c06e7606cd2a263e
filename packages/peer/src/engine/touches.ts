import { createTouchReport } from "@coterie/core";
import type { SessionId } from "@coterie/interface";
import { TOUCHES_PER_REPORT_MAX } from "../limits.ts";
import { encodeTouches } from "../request/touch-codec.ts";

/** The sessions that a learner has heard of since it told the leader last. */
export class Touches {
  private readonly report = createTouchReport();

  touch(id: SessionId, timeoutMs: number): void {
    this.report.touch(id, timeoutMs);
  }

  forget(id: SessionId): void {
    this.report.forget(id);
  }

  clear(): void {
    this.report.clear();
  }

  /** All of it, in reports for the leader. */
  reports(): Uint8Array[] {
    const payloads: Uint8Array[] = [];
    while (this.report.size > 0) payloads.push(encodeTouches(this.report.take(TOUCHES_PER_REPORT_MAX)));
    return payloads;
  }
}
