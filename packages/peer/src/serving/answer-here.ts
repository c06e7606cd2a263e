import type {
  AuthId,
  CoreStateMachine,
  ReadContext,
  ReadError,
  ReadResponse,
  WatcherId,
  WatchEvent,
} from "@coterie/core";
import { type ErrorCode, type SessionId, ZXID_NONE } from "@coterie/interface";
import { KEEPER_STATES, type ResponseBody, WATCH_EVENT_TYPES, type WatcherEvent } from "@coterie/protocol";
import type { AskedHere, AskedRead } from "./asked.ts";

/** Where answers go. */
export interface AnswerSink {
  /** What can wait is not answered now. */
  readonly isFull: boolean;
  notify(event: WatcherEvent, zxid: number): void;
  reply(operation: string, asked: AskedHere, zxid: number, code: ErrorCode | null, body: ResponseBody | null): void;
  /** Nothing behind is answered. */
  end(): void;
}

/**
 * Answers in order what needs no txn, all from one state. Reads that stand together are looked up together. Gives how many are answered:
 * fewer than all if the sink is full meanwhile. What was looked up for nothing is looked up again later, and its watches are set by then.
 */
export function answerHere(
  machine: CoreStateMachine,
  asker: { readonly sessionId: SessionId; readonly watcher: WatcherId },
  all: readonly AskedHere[],
  sink: AnswerSink,
): number {
  const zxid = machine.lastAppliedZxid;
  for (let index = 0; index < all.length;) {
    if (sink.isFull) return index;
    const asked = all[index]!;
    if (asked.kind === "read") {
      const end = endOfReads(all, index, asked.identities);
      const { sessionId, watcher } = asker;
      const context = { sessionId, watcher, identities: asked.identities };
      const reads = all.slice(index, end) as AskedRead[];
      const answers = readTogether(machine, reads, context);
      index += replyToReads(sink, reads, zxid, answers);
      continue;
    }
    index += 1;
    if (asked.kind === "watch") {
      const { error, events } = machine.answerWatchRequest(asked.body, asker.watcher);
      for (const event of events) sink.notify(watcherEventOf(event), zxidOf(event));
      sink.reply(asked.body.kind, asked, zxid, error, error === null ? watchReplyOf(asked.body.kind) : null);
      continue;
    }
    sink.reply(asked.operation, asked, asked.zxid === "last" ? zxid : asked.zxid, asked.code, asked.body);
    if (!asked.isLast) continue;
    sink.end();
    break;
  }
  return all.length;
}

/** On the wire -1 where no txn has caused it. */
export function zxidOf(event: WatchEvent): number {
  return event.zxid === ZXID_NONE ? -1 : event.zxid;
}

export function watcherEventOf({ kind, path }: WatchEvent): WatcherEvent {
  return { kind: "notification", eventType: WATCH_EVENT_TYPES[kind], state: KEEPER_STATES.SyncConnected, path };
}

/** The next that is no read, or one of somebody who has become another one meanwhile. */
function endOfReads(all: readonly AskedHere[], start: number, identities: readonly AuthId[]): number {
  let end = start + 1;
  for (; end < all.length; end++) {
    const next = all[end]!;
    if (next.kind !== "read" || next.identities !== identities) break;
  }
  return end;
}

/** One alone, as it is when a watch is set again by who was told, is not worth the way for many. */
function readTogether(
  machine: CoreStateMachine,
  reads: readonly AskedRead[],
  context: ReadContext,
): (ReadResponse | ReadError)[] {
  if (reads.length === 1) return [machine.read(reads[0]!.body, context)];
  return machine.readAll(
    reads.map(({ body }) => body),
    context,
  );
}

function replyToReads(
  sink: AnswerSink,
  reads: readonly AskedRead[],
  zxid: number,
  answers: readonly (ReadResponse | ReadError)[],
): number {
  for (const [index, asked] of reads.entries()) {
    if (index > 0 && sink.isFull) return index;
    const answer = answers[index]!;
    const isError = answer.kind === "error";
    sink.reply(asked.body.kind, asked, zxid, isError ? answer.code : null, isError ? null : answer);
  }
  return reads.length;
}

function watchReplyOf(
  kind: "addWatch" | "checkWatches" | "removeWatches" | "setWatches" | "setWatches2",
): ResponseBody {
  return kind === "addWatch" ? { kind, err: 0 } : { kind };
}
