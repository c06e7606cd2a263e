import type { LogBatch } from "@coterie/interface";
import type { Effect } from "../../src/index.ts";
import { formatEntries, formatMessage, formatTexts, formatZxid } from "./format-message.ts";

/** The parts of a batch, in the order in which they take effect. */
export function formatBatch(batch: LogBatch): string {
  const parts: string[] = [];
  const { hardState } = batch;
  if (hardState !== undefined) {
    parts.push(`epochs ${hardState.acceptedEpoch}/${hardState.currentEpoch}${hardState.isAmnesiac ? " amnesiac" : ""}`);
  }
  if (batch.notes !== undefined) parts.push("notes");
  if (batch.checkpoint !== undefined) {
    parts.push(`checkpoint ${batch.checkpoint.kind} ${formatZxid(batch.checkpoint.zxid)}`);
  }
  if (batch.truncateAfter !== undefined) parts.push(`truncate after ${formatZxid(batch.truncateAfter)}`);
  if (batch.repair !== undefined) parts.push(`repair ${formatEntries(batch.repair)}`);
  if (batch.append !== undefined) parts.push(`append ${formatEntries(batch.append)}`);
  if (batch.committed !== undefined) parts.push(`committed ${formatZxid(batch.committed)}`);
  return `store ${parts.join(", ")}`;
}

/** One line an effect. `nameOf` says whom a link leads to. */
export function formatEffect(effect: Effect, nameOf: (link: number) => string): string {
  switch (effect.kind) {
    case "send":
      return `to ${effect.links.map(nameOf).join(",")}: ${formatMessage(effect.message)}`;
    case "close-link":
      return `close ${nameOf(effect.link)}: ${effect.reason}`;
    case "store":
      return formatBatch(effect.batch);
    case "deliver":
      return `deliver ${formatEntries(effect.entries)}`;
    case "restore":
      return `restore ${formatZxid(effect.zxid)}`;
    case "read-log":
      return `read-log ${formatZxid(effect.range.after)}<..${formatZxid(effect.range.upTo)}`;
    case "role": {
      const { state, isServing, epoch, leader } = effect.role;
      return `role ${state}${leader === null ? "" : ` ${leader} in epoch ${epoch}`}${isServing ? ", serving" : ""}`;
    }
    case "report":
    case "stop":
      return `${effect.kind} ${effect.code}`;
    default:
      return formatOtherEffect(effect);
  }
}

function formatOtherEffect(effect: Effect): string {
  switch (effect.kind) {
    case "requests":
    case "touches":
      return `${effect.kind} of ${effect.from}: ${formatTexts(effect.payloads)}`;
    case "requests-refused":
      return `requests-refused ${formatTexts(effect.payloads)}`;
    case "confirmed":
      return `confirmed ${effect.ids.join(",")} at ${formatZxid(effect.zxid)}`;
    case "refused":
      return `refused ${effect.ids.join(",")}`;
    case "add-pages":
      return `add-pages ${effect.pages.length}`;
    case "read-pages":
      return `read-pages from ${effect.first}`;
    default:
      return effect.kind;
  }
}
