import { checkEphemerals } from "./ephemerals.ts";
import { checkFifoPerSession } from "./fifo-per-session.ts";
import type { History } from "./history.ts";
import { checkLinearizableReads } from "./linearizable-reads.ts";
import { checkMonotonicReads } from "./monotonic-reads.ts";
import { checkOneConnectionAtATime } from "./one-connection-at-a-time.ts";
import { checkReadsMatchTheirZxid } from "./reads-match-their-zxid.ts";
import { checkSessionExactlyOnce } from "./session-exactly-once.ts";
import { checkUniqueSequenceNames } from "./unique-sequence-names.ts";
import { checkUnknownAtMostOnce } from "./unknown-at-most-once.ts";
import { checkWatchBeforeData } from "./watch-before-data.ts";
import { checkWritesLinearizable } from "./writes-linearizable.ts";

export type { History } from "./history.ts";
export type * from "./operation.ts";

/** By name, in the order in which they are asked: where one mistake breaks several, the most telling one comes first. */
export const HISTORY_CHECKERS: ReadonlyMap<string, (history: History) => void> = new Map([
  ["unknown-at-most-once", checkUnknownAtMostOnce],
  ["session-exactly-once", checkSessionExactlyOnce],
  ["unique-sequence-names", checkUniqueSequenceNames],
  ["ephemerals", checkEphemerals],
  ["writes-linearizable", checkWritesLinearizable],
  ["one-connection-at-a-time", checkOneConnectionAtATime],
  ["fifo-per-session", checkFifoPerSession],
  ["monotonic-reads", checkMonotonicReads],
  ["linearizable-reads", checkLinearizableReads],
  ["reads-match-their-zxid", checkReadsMatchTheirZxid],
  ["watch-before-data", checkWatchBeforeData],
]);

/** @throws Violation, named as the checker that rejects the history */
export function checkHistory(history: History): void {
  for (const check of HISTORY_CHECKERS.values()) check(history);
}
