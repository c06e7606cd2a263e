/**
 * What two joined transports say to each other. Connections are numbered by each end for itself, from a random number
 * on; `to` is the receiver's number, `from` the sender's.
 */
export type WireMessage =
  /** Comes first, and again as an answer to who was joined later. `probe` shows whether bytes arrive as bytes. */
  | { readonly kind: "hello"; readonly isAnswer: boolean; readonly probe: unknown }
  /** The transport was taken off this channel. */
  | { readonly kind: "left" }
  | { readonly kind: "open"; readonly from: number; readonly name: string }
  | { readonly kind: "opened"; readonly to: number; readonly from: number }
  | { readonly kind: "refused"; readonly to: number }
  /** A piece of the stream; as base64 where the carrier knows text only. */
  | { readonly kind: "data"; readonly to: number; readonly bytes: Uint8Array | string }
  /** So many more bytes of the stream have been read, and as many more may be sent. */
  | { readonly kind: "read"; readonly to: number; readonly sizeBytes: number }
  /** No more data follows. */
  | { readonly kind: "end"; readonly to: number }
  /** The connection is no more. */
  | { readonly kind: "gone"; readonly to: number };

/** A carrier may have other users, whose messages look different. */
interface Envelope {
  readonly coterie: 1;
  readonly message: WireMessage;
}

export function wrap(message: WireMessage): Envelope {
  return { coterie: 1, message };
}

/** Null for what is not ours, or not what one of ours says. */
export function unwrap(value: unknown): WireMessage | null {
  if (typeof value !== "object" || value === null) return null;
  const { coterie, message } = value as Partial<Envelope>;
  if (coterie !== 1 || typeof message !== "object" || message === null) return null;
  return isWellFormed(message) ? message : null;
}

function isWellFormed(message: WireMessage): boolean {
  switch (message.kind) {
    case "hello":
    case "left":
      return true;
    case "open":
      return isNumber(message.from) && typeof message.name === "string";
    case "opened":
      return isNumber(message.to) && isNumber(message.from);
    case "data":
      return isNumber(message.to) && (message.bytes instanceof Uint8Array || typeof message.bytes === "string");
    case "read":
      return isNumber(message.to) && isNumber(message.sizeBytes);
    case "refused":
    case "end":
    case "gone":
      return isNumber(message.to);
    default:
      return false;
  }
}

function isNumber(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
