import type { AuthId, ReadRequest, WatchRequest } from "@coterie/core";
import type { ErrorCode } from "@coterie/interface";
import type { RequestBody, ResponseBody } from "@coterie/protocol";
import type { Confirmation } from "./confirmations.ts";
import type { WriteBody } from "./outcome-reply.ts";

/** What the reply's header carries: the last zxid applied, or one of ZooKeeper's two for what has none. */
export type ReplyZxid = "last" | 0 | -1;

interface Asked {
  readonly tag: number;
  /** When it came, on the peer's monotonic clock. */
  readonly atMs: number;
}

/** Answered from this peer's tree. */
export interface AskedRead extends Asked {
  readonly kind: "read";
  readonly body: ReadRequest;
  /** As they were when the read came, in the order of the connection. */
  readonly identities: readonly AuthId[];
}

/** Concerns the connection's own watches. */
export interface AskedWatch extends Asked {
  readonly kind: "watch";
  readonly body: WatchRequest;
  /** As they were when it came. */
  readonly identities: readonly AuthId[];
}

/** The answer is known; it takes its place in the order. */
export interface Answered extends Asked {
  readonly kind: "answered";
  readonly operation: RequestBody["kind"] | "refused";
  readonly zxid: ReplyZxid;
  readonly code: ErrorCode | null;
  readonly body: ResponseBody | null;
  /** The connection ends behind it. */
  readonly isLast: boolean;
}

/** Everything that is answered without a txn. */
export type AskedHere = AskedRead | AskedWatch | Answered;

/** On its way to the leader, and back as a txn. */
export interface AskedWrite extends Asked {
  readonly cxid: number;
  /** As they were when it came. */
  readonly identities: readonly AuthId[];
  readonly body: WriteBody;
  /** As it goes to the leader, about. */
  readonly sizeBytes: number;
}

/** A sync: nothing of its session overtakes it, and it waits for a quorum. */
export interface Fence extends Asked {
  /** What the answer's path is. */
  readonly path: string;
  /** Another one after a change of the leader. */
  confirmation: Confirmation;
}

/** What waits until its turn comes. */
export type Waiting =
  | {
      readonly kind: "request";
      readonly tag: number;
      readonly atMs: number;
      readonly body: RequestBody;
      /** Of the body, about. */
      readonly sizeBytes: number;
    }
  | { readonly kind: "fence"; readonly fence: Fence }
  | { readonly kind: "answered"; readonly answered: Answered }
  | { readonly kind: "identities"; readonly identities: readonly AuthId[] };
