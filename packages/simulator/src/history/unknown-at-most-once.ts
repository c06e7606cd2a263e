import { failOperation, type History, isWrite, txnsByOperation } from "./history.ts";

const NAME = "unknown-at-most-once";

/**
 * A write with an unknown outcome takes effect at most once, one that succeeded exactly once, one that failed or was
 * refused never.
 *
 * Source: design, section 1 (in-flight writes end with outcome unknown and are never forwarded again);
 * fault-scenarios.md, CL-01.
 * Sound: every txn names the operation that caused it; the effects are counted.
 */
export function checkUnknownAtMostOnce({ operations, txns }: History): void {
  const found = txnsByOperation(txns);
  for (const operation of operations) {
    if (!isWrite(operation)) continue;
    const effects = (found.get(operation.id) ?? []).filter(({ isError }) => !isError).length;
    const outcome = operation.end?.kind ?? "unknown";
    if (effects > 1) failOperation(NAME, operation, `took effect ${effects} times`);
    if (effects === 0 && outcome === "ok") failOperation(NAME, operation, "succeeded and took no effect");
    if (effects === 1 && (outcome === "failed" || outcome === "refused")) {
      failOperation(NAME, operation, `was ${outcome} and took effect`);
    }
  }
}
