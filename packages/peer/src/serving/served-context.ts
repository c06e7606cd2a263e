import type { Attachment, AuthId, CoreStateMachine } from "@coterie/core";
import type { Engine } from "../engine/engine.ts";
import type { Confirmations } from "./confirmations.ts";
import type { ServedConnection } from "./served-connection.ts";
import type { Traffic } from "./traffic.ts";
import type { WritesUnderWay } from "./writes-under-way.ts";

/** What a connection is born with. */
export interface ServedStart {
  readonly attachment: Attachment;
  readonly token: number;
  readonly timeoutMs: number;
  readonly password: Uint8Array;
  readonly identities: readonly AuthId[];
}

/** What a connection needs of the peer's serving. */
export interface ServedContext {
  readonly engine: Engine;
  readonly machine: CoreStateMachine;
  readonly confirmations: Confirmations;
  readonly traffic: Traffic;
  readonly writesUnderWay: WritesUnderWay<ServedConnection>;
  readonly superDigest: string | null;
  /** Requests of one session that wait. */
  readonly requestsMax: number;
  /** No leader is there: reads go on, and what needs one waits. */
  readonly isSuspended: boolean;
  /** Of this turn. */
  readonly nowMs: number;
  /** It has reads that are answered at the end of the turn, together. */
  readsReady(served: ServedConnection): void;
  /** Its client was told something: it is flushed at the end of the turn. */
  told(served: ServedConnection): void;
  /** More of what waits there may be taken up. */
  mayProceed(served: ServedConnection): void;
  /** It has ended; its client hears that at the end of the turn, unless it is the one who went. */
  ended(served: ServedConnection): void;
}
