import type { Clock, SessionId } from "@coterie/interface";
import type { JuteReader, ProbeAnswer } from "@coterie/protocol";
import type { Logger } from "../options.ts";
import type { PeerServing } from "../serving/create-serving.ts";
import type { ConnectionLimits } from "./connection-limits.ts";
import type { PortConnection } from "./port-connection.ts";
import type { ReplyWriter } from "./reply-writer.ts";

/** What a connection needs of its port. */
export interface PortContext {
  readonly serving: PeerServing;
  readonly clock: Clock;
  readonly logger: Logger | null;
  readonly clientQueueMaxBytes: number;
  readonly sendQueueTargetBytes: number;
  /** 0 for no limit. */
  readonly requestsPerSecondMax: number;
  readonly limits: ConnectionLimits;
  /** How clients of Coterie's may probe now whether this peer is there. */
  readonly probing: ProbeAnswer;
  readonly connections: Set<PortConnection>;
  /** One for all: a request is read in one go. */
  readonly reader: JuteReader;
  readonly writer: ReplyWriter;
  /** Much was put into a queue: if all of them hold too much, those are cut that hold the most. */
  weighQueues(): void;
  /** Whether there is room for one session more; `address` is who asks for it. */
  mayOpenSession(address: string): boolean;
  /** It has frames to hand in, or an end. */
  arrived(connection: PortConnection): void;
  /** A connection has got its session. */
  connected(sessionTimeoutMs: number): void;
  /** `Engine.touch`, in a turn. */
  touch(id: SessionId, timeoutMs: number): void;
  /** A connection has gone. */
  left(connection: PortConnection): void;
  answerWord(word: string, connection: PortConnection): void;
}
