import type { Attachment, WriteRequest } from "@coterie/core";
import type { SessionId } from "@coterie/interface";
import type { Served } from "./served.ts";
import type { SimOperation } from "../client/client-message.ts";

/** A request on its way to the leader. Its index stands in the payload. */
export interface SimRequest {
  readonly index: number;
  /** "open" and "attach": a client has come, without a session or with one. "expire": the leader's own. */
  readonly kind: "write" | "open" | "attach" | "expire";
  readonly sessionId: SessionId;
  readonly attachment: Attachment;
  readonly timeoutMs: number;
  readonly write: WriteRequest | null;
  readonly operation: SimOperation | null;
  /** Who waits for the reply; null for the leader's own. */
  readonly served: Served | null;
}

/** The largest token: -1 is in the txns of config entries. */
const TOKEN_MAX = -2;
const INDEX_SIZE_BYTES = 4;

/**
 * All requests of a world: what goes through consensus is opaque to it, so that an index is as good as the bytes, and
 * cheaper. The payload is as long as the request's data, for the limits.
 */
export class RequestBook {
  private readonly requests: SimRequest[] = [];

  add(request: Omit<SimRequest, "index">): SimRequest {
    const added = { ...request, index: this.requests.length };
    this.requests.push(added);
    return added;
  }

  /** The request that a txn with this cxid has come of. */
  ofCxid(cxid: number): SimRequest | undefined {
    return this.requests[cxid >= 0 ? cxid : TOKEN_MAX - cxid];
  }

  payloadOf({ index, write }: SimRequest): Uint8Array {
    const dataSizeBytes = write !== null && "data" in write && write.data !== null ? write.data.length : 0;
    const payload = new Uint8Array(INDEX_SIZE_BYTES + dataSizeBytes);
    for (let byte = 0; byte < INDEX_SIZE_BYTES; byte++) payload[byte] = index >>> (8 * byte);
    return payload;
  }

  ofPayload(payload: Uint8Array): SimRequest {
    let index = 0;
    for (let byte = INDEX_SIZE_BYTES - 1; byte >= 0; byte--) index = index * 256 + payload[byte]!;
    return this.requests[index]!;
  }
}

/** What its txn has as cxid: for "open" and "attach" a token, which is negative and of which there is one only. */
export function cxidOf({ kind, index }: SimRequest): number {
  return kind === "open" || kind === "attach" ? TOKEN_MAX - index : index;
}
