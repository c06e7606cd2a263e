import type { AuthId, CoreStateMachine, ReadRequest } from "@coterie/core";
import type { SessionId } from "@coterie/interface";
import type { RequestBody } from "@coterie/protocol";
import type { ChannelReply } from "@coterie/session";
import type { ReplyCopies } from "./copy-reply.ts";

/** Watchers count from 1 on: nobody is one where nothing is watched. */
const NO_WATCHER = 0;

/** Answers a plain read from the state as it is; null for what needs a connection. */
export function readFromMemory(
  machine: CoreStateMachine,
  body: RequestBody,
  sessionId: SessionId,
  identities: readonly AuthId[],
  copies: ReplyCopies,
): ChannelReply | null {
  if (!isPlainRead(body)) return null;
  const answer = machine.read(body, { sessionId, identities, watcher: NO_WATCHER });
  const zxid = machine.lastAppliedZxid;
  return answer.kind === "error"
    ? { zxid, code: answer.code, body: null }
    : { zxid, code: null, body: copies.copy(answer) };
}

function isPlainRead(body: RequestBody): body is ReadRequest {
  switch (body.kind) {
    case "getData":
    case "exists":
    case "getChildren":
    case "getChildren2":
      return !body.watch;
    case "getACL":
    case "getAllChildrenNumber":
    case "getEphemerals":
    case "multiRead":
      return true;
    default:
      return false;
  }
}
