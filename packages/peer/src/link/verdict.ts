import { CoterieError, type ErrorCode } from "@coterie/interface";

/** What an end of a new link says of the other one's first frame; refusals go to both ends as errors of these codes. */
export type Refusal = Extract<
  ErrorCode,
  | "IDENTITY_REFUSED"
  | "PEER_CLUSTER_MISMATCH"
  | "PEER_ID_MISMATCH"
  | "PEER_ID_DUPLICATE"
  | "PEER_VERSION_UNSUPPORTED"
  | "FRAME_CORRUPT"
>;

/** By their byte. Never changed, only added to: every version of the peer protocol has to understand a refusal. */
const REFUSALS: readonly Refusal[] = [
  "IDENTITY_REFUSED",
  "PEER_CLUSTER_MISMATCH",
  "PEER_ID_MISMATCH",
  "PEER_ID_DUPLICATE",
  "PEER_VERSION_UNSUPPORTED",
  "FRAME_CORRUPT",
];

const ACCEPTED = 0;

/** The second frame of a link: 1 byte, 0 or one more than the index of a refusal. */
export function encodeVerdict(refusal: Refusal | null): Uint8Array {
  return Uint8Array.of(refusal === null ? ACCEPTED : REFUSALS.indexOf(refusal) + 1);
}

/**
 * Null if the other end accepts, or the code under which it refuses; one that this version does not know says at least
 * that it refuses.
 *
 * @throws CoterieError FRAME_CORRUPT if the frame is no verdict.
 */
export function decodeVerdict(frame: Uint8Array): Refusal | null {
  const [byte] = frame;
  if (byte === undefined || frame.length !== 1) {
    throw new CoterieError("FRAME_CORRUPT", `the second frame of a link has 1 byte, this one has ${frame.length}`);
  }
  return byte === ACCEPTED ? null : (REFUSALS[byte - 1] ?? "IDENTITY_REFUSED");
}
