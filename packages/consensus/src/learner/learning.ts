import type { Epoch, LogFault, PeerId, Zxid } from "@coterie/interface";
import type { Context } from "../context.ts";
import type { Link } from "../links.ts";
import type { ForeignMark } from "../message.ts";

/** This peer follows, or observes, another one. Which of the two is only a question of whether its acks count there. */
export interface Learning {
  readonly kind: "learning";
  readonly leader: PeerId;
  readonly link: Link;
  /** Of the cluster that a blank peer joins. */
  readonly clusterId: string | null;
  phase:
    | "reporting" /** FOLLOWERINFO is sent. */
    | "promising" /** The promise is on its way to the disk. */
    | "promised" /** ACKEPOCH is sent. */
    | "receiving" /** Pages of a checkpoint come. */
    | "covering" /** The checkpoint is on its way to the disk; then this peer reports again. */
    | "streaming" /** Entries come; NEWLEADER has not come. */
    | "accepting" /** NEWLEADER has come; it is on its way to the disk. */
    | "joined" /** ACK of NEWLEADER is sent. */;
  /** 0 until NEWEPOCH. */
  epoch: Epoch;
  isPromise: boolean;
  silentTicks: number;
  /** The end of the epoch's initial history, from NEWLEADER. */
  newLeaderLast: Zxid;
  /** The change that must be on disk before NEWLEADER is acknowledged; counts as `StoreQueue.begun`. */
  newLeaderChange: number;
  /** Of what was damaged when the leader was told with ACKEPOCH: what is left, counting repairs on their way to the disk. */
  faultsLeft: readonly LogFault[];
  /** What the leader has said to be committed; it may be ahead of this log. */
  committedHeard: Zxid;
  acked: Zxid;
  /** From UPTODATE; null before. This peer serves once it has applied this. */
  serveFrom: Zxid | null;
  pingRound: number;
  /** An incoming checkpoint. */
  incoming: Incoming | null;
  /** Requests of this turn. */
  requests: Uint8Array[];
  requestsSizeBytes: number;
  /** Questions sent and not answered, by number, ascending. */
  confirms: { readonly number: number; readonly ids: readonly number[] }[];
  confirmsSent: number;
  /** False from READMIT until READMITTED is sent. */
  isReadmitted: boolean;
}

export interface Incoming {
  readonly mark: ForeignMark;
  /** Whether the store's draft is empty and waits for these pages. */
  hasDraft: boolean;
  received: number;
  /** Pages handed to the store, one call at a time. */
  adding: number;
  added: number;
  /** Pages that the store has not been handed, frame by frame: it takes those of any one frame at once. */
  waiting: (readonly Uint8Array[])[];
  isMarked: boolean;
}

/** Whether sessions may be served here. */
export function isServingLearner({ history }: Context, role: Learning): boolean {
  return role.serveFrom !== null && history.applied >= role.serveFrom;
}

/** The leader is lost, or given up: reads and requests that wait for it are refused; sent ones stay unknown. */
export function leaveLearning(context: Context, role: Learning): void {
  const ids = role.confirms.flatMap((confirm) => confirm.ids);
  if (ids.length > 0) context.effects.push({ kind: "refused", ids });
  if (role.requests.length > 0) context.effects.push({ kind: "requests-refused", payloads: role.requests });
  if (role.incoming?.hasDraft === true && !role.incoming.isMarked) context.effects.push({ kind: "drop-pages" });
}

/** What came cannot follow what came before (TR-06): the link goes, and a new one begins from what is on disk. */
export function disorder(context: Context, role: Learning): void {
  context.dropLink(role.link, "disorder");
  context.lookAgain();
}
