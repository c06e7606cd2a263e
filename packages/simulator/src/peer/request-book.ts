import { type Attachment, ATTACHMENT_NONE, type WriteRequest } from "@coterie/core";
import type { SessionId } from "@coterie/interface";
import type { Served } from "./served.ts";
import type { SimOperation } from "../client/client-message.ts";

/** A request on its way to the leader. Its index stands in the payload, and as cxid in the txn. */
export interface SimRequest {
  readonly index: number;
  /** "attach": a client has come with its session to another connection. "expire": the leader's own. */
  readonly kind: "write" | "open" | "attach" | "expire";
  readonly sessionId: SessionId;
  readonly attachment: Attachment;
  readonly timeoutMs: number;
  readonly write: WriteRequest | null;
  readonly operation: SimOperation | null;
  /** Who waits for the reply; null for the leader's own. */
  readonly served: Served | null;
  /** Who owns the session, as the leader said when it refused: part of its answer. */
  owner: Attachment;
}

const INDEX_SIZE_BYTES = 4;

/**
 * All requests of a world: what goes through consensus is opaque to it, so that an index is as good as the bytes, and
 * cheaper. The payload is as long as the request's data, for the limits.
 */
export class RequestBook {
  private readonly requests: SimRequest[] = [];

  add(request: Omit<SimRequest, "index" | "owner">): SimRequest {
    const added = { ...request, index: this.requests.length, owner: ATTACHMENT_NONE };
    this.requests.push(added);
    return added;
  }

  at(index: number): SimRequest | undefined {
    return this.requests[index];
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
