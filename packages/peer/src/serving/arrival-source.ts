import type { CoterieError } from "@coterie/interface";

/** Who brings connections and their requests: a port, or a session in this process. */
export interface ArrivalSource {
  /** Within `turnEnding`, after `PeerServing.arrived`, and when the peer begins to serve: hands in what has come. */
  takeArrivals(): void;

  /** The peer has stopped. Once, and nothing after it. */
  peerStopped(reason: CoterieError): void;
}
