import { CoterieError, shownOf } from "@coterie/interface";
import type { SyncResponse } from "@coterie/protocol";
import { LINEARIZABLE_ASKED, LINEARIZABLE_CONFIRMED, type SessionChannel } from "../channel.ts";
import type { Consistency, ReadOptions } from "../session.ts";
import { callError } from "./call-error.ts";
import type { PendingCall } from "./pending-call.ts";

// oxlint-disable-next-line typescript/no-explicit-any -- a read is sent the same way whatever it gives
type AnyRead = PendingCall<any, any>;

/** Sends a read as new as it has to be; `call` has begun. */
export function submitRead(channel: SessionChannel, call: AnyRead, options: ReadOptions | undefined): void {
  const consistency = options?.consistency ?? "local";
  if (consistency !== "local" && !isNewEnough(channel, consistency, call)) {
    if (!call.isOpen) return;
    submitConfirmation(channel, call, options?.acceptSync ?? false);
    if (!call.isOpen) return;
  }
  const reply = channel.readNow?.(call.body) ?? null;
  if (reply === null) channel.submit(call);
  else call.settle(reply);
}

/** Fails `call` if the channel cannot tell. */
function isNewEnough(channel: SessionChannel, consistency: Exclude<Consistency, "local">, call: AnyRead): boolean {
  if (consistency === "linearizable") return false;
  const stalenessMaxMs = consistency.kind === "bounded" ? consistency.stalenessMaxMs : Number.NaN;
  if (typeof stalenessMaxMs !== "number" || !(stalenessMaxMs >= 0)) {
    const shapes = '"local", "linearizable", or { kind: "bounded", stalenessMaxMs } with milliseconds from 0 on';
    call.fail(new CoterieError("BAD_ARGUMENTS", `consistency is ${shapes}, not ${shownOf(consistency)}`));
    return false;
  }
  if (!channel.supports.bounded) {
    const how = "in the process; ask for a linearizable read here";
    call.fail(unsupported(call, `how old a read is can only be told ${how}`));
    return false;
  }
  const staleMs = channel.staleMs();
  return staleMs !== null && staleMs <= stalenessMaxMs;
}

/**
 * The sync that goes before the read, which does not wait for its answer: one exchange, two replies. What the sync
 * answers is what `LINEARIZABLE_ASKED` says.
 */
function submitConfirmation(channel: SessionChannel, call: AnyRead, acceptSync: boolean): void {
  if (channel.supports.linearizable === false && !acceptSync) return call.fail(unconfirmed(call));
  channel.submit({
    body: { kind: "sync", path: LINEARIZABLE_ASKED },
    settle({ code, body, reason }) {
      if (code !== null) return call.fail(callError(code, call.path, reason));
      const isConfirmed = (body as SyncResponse).path === LINEARIZABLE_CONFIRMED;
      if (!isConfirmed && !acceptSync) call.fail(unconfirmed(call));
    },
  });
}

function unconfirmed(call: AnyRead): CoterieError {
  return unsupported(
    call,
    "this server does not ask a quorum before it answers a sync, so the read may be old; { acceptSync: true } takes that",
  );
}

function unsupported({ path }: AnyRead, message: string): CoterieError {
  return new CoterieError("UNSUPPORTED", message, path === undefined ? {} : { path });
}
