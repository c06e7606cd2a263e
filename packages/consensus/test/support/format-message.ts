import { counterOf, epochOf, type LogEntry, type LogFault, type Zxid } from "@coterie/interface";
import { type Credential, type Message, type Notification, TAG_CONFIG } from "../../src/index.ts";

/** Epoch and counter with a dot between them: "2.1". */
export function formatZxid(at: Zxid): string {
  return `${epochOf(at)}.${counterOf(at)}`;
}

/** The other way round. */
export function zxid(text: string): Zxid {
  const [epoch, counter] = text.split(".").map(Number);
  if (epoch === undefined || counter === undefined || Number.isNaN(epoch + counter))
    throw new Error(`no zxid: ${text}`);
  return (epoch * 2 ** 32 + counter) as Zxid;
}

/** From the first to the last zxid. */
export function formatEntries(entries: readonly LogEntry[]): string {
  const [first] = entries;
  const last = entries.at(-1);
  if (first === undefined || last === undefined) return "nothing";
  return first === last ? formatZxid(first.zxid) : `${formatZxid(first.zxid)}..${formatZxid(last.zxid)}`;
}

export function formatTexts(payloads: readonly Uint8Array[]): string {
  return payloads.map((payload) => new TextDecoder().decode(payload)).join(",");
}

/** What entries say, the voter set left out. */
export function textsOf(entries: readonly LogEntry[]): string[] {
  return entries.filter((entry) => entry.tag !== TAG_CONFIG).map((entry) => new TextDecoder().decode(entry.bytes));
}

function formatCredential({ currentEpoch, lastZxid }: Credential): string {
  return `at ${currentEpoch}/${formatZxid(lastZxid)}`;
}

export function formatFault(fault: LogFault): string {
  return `${formatZxid(fault.after.zxid)}<..${formatZxid(fault.upTo.zxid)}`;
}

function formatNotification(message: Notification): string {
  const words = ["notification", message.state];
  if (message.standing !== "sound") words.push(message.standing);
  words.push(`round ${message.round}`, `vote ${message.vote ?? "none"}`, formatCredential(message.credential));
  if (message.fault !== null) {
    words.push(`fault ${formatZxid(message.fault.after)}<..${formatZxid(message.fault.upTo)}`);
  }
  if (message.epoch !== 0) words.push(`epoch ${message.epoch}`);
  if (message.isEstablished) words.push("established");
  if (message.takesOver !== 0) words.push(`takes over ${message.takesOver}`);
  return words.join(" ");
}

/** One line that says all of a message that a reader of a story needs. */
export function formatMessage(message: Message): string {
  switch (message.kind) {
    case "notification":
      return formatNotification(message);
    case "found":
    case "not-leading":
      return message.kind;
    case "founding-question":
      return `founding-question ${message.number}`;
    case "founding-answer":
      return `founding-answer ${message.number} ${message.isUntouched ? "untouched" : "no"}`;
    case "amnesia-notice":
      return `amnesia-notice ${formatZxid(message.acknowledged)}`;
    case "follower-info": {
      const standing = message.standing === "sound" ? "" : ` ${message.standing}`;
      return `follower-info${standing} accepted ${message.acceptedEpoch} ${formatCredential(message.credential)}`;
    }
    default:
      return `${message.kind} ${message.epoch}${formatDetails(message)}`;
  }
}

type EpochMessage = Extract<Message, { readonly epoch: unknown }>;

function formatDetails(message: EpochMessage): string {
  switch (message.kind) {
    case "ack-epoch": {
      const at = formatCredential({ currentEpoch: message.currentEpoch, lastZxid: message.last.zxid });
      const faults = message.faults.length > 0 ? ` faults ${message.faults.map(formatFault).join(" ")}` : "";
      return ` ${at}${message.isPromise ? "" : " no promise"}${faults}`;
    }
    case "sync":
      return ` ${message.mode} after ${formatZxid(message.after.zxid)}`;
    case "checkpoint-pages":
      return ` ${message.first}..${message.first + message.pages.length - 1}`;
    case "pages-taken":
      return ` ${message.count}`;
    case "repair":
      return ` ${formatEntries(message.entries)}`;
    case "propose":
      return ` ${formatEntries(message.entries)} after ${formatZxid(message.after.zxid)} committed ${formatZxid(message.committed)}`;
    case "new-leader":
    case "ack-new-leader":
      return ` ${formatZxid(message.last)}`;
    case "up-to-date":
      return ` committed ${formatZxid(message.committed)}`;
    case "ack":
    case "commit":
      return ` ${formatZxid(message.zxid)}`;
    default:
      return formatOtherDetails(message);
  }
}

function formatOtherDetails(message: EpochMessage): string {
  switch (message.kind) {
    case "ping":
    case "pong":
      return ` round ${message.round}`;
    case "requests":
    case "requests-refused":
      return ` ${formatTexts(message.payloads)}`;
    case "confirm":
      return ` number ${message.number} ${message.target}`;
    case "confirmed":
      return ` number ${message.number} ${formatZxid(message.zxid)}`;
    default:
      return "";
  }
}
