import type { RoleView, Voter } from "@coterie/consensus";
import type { SessionId } from "@coterie/interface";
import type { CommittedTxn } from "../history/operation.ts";
import type { Network } from "../network/network.ts";
import type { Observation } from "../observation.ts";
import type { EventQueue } from "../world/event-queue.ts";
import type { SimOptions } from "../world/options.ts";
import type { Trace } from "../world/trace.ts";
import type { RequestBook } from "./request-book.ts";

/** What a simulated peer needs of its world. */
export interface PeerHost {
  readonly nowUs: number;
  readonly queue: EventQueue;
  readonly network: Network;
  readonly options: SimOptions;
  readonly trace: Trace;
  readonly book: RequestBook;
  readonly voters: readonly Voter[];
  /** Whether anybody has to be told what happens. */
  observe(observation: Observation): void;
  /** The first peer that applies a txn tells the world what it was. */
  committed(txn: CommittedTxn): void;
  lastCommittedZxid(): number;
  /** The txn that a config entry stands for: the same on every peer. */
  configTxn(config: Uint8Array): Uint8Array;
  /** A rule of the code under test was broken. */
  fail(error: unknown, where: string): void;
  /** Something does not work as it should, until then. */
  disturbed(untilUs: number): void;
  /** For how long the session's client has been heard by a peer that serves under this leader, while nothing failed. */
  keptUs(sessionId: SessionId, leader: RoleView): number;
  probe(name: string): void;
}
