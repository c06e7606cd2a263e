import type { Clock, Connection, CoterieError, Listener, SessionId } from "@coterie/interface";
import { fieldSizeMaxBytes, JUTE_BUFFER_MAX_BYTES, JuteReader, type ProbeAnswer } from "@coterie/protocol";
import { REPORT_AGAIN_MS } from "../limits.ts";
import type { Logger } from "../options.ts";
import type { ArrivalSource } from "../serving/arrival-source.ts";
import type { PeerServing } from "../serving/create-serving.ts";
import { ConnectionLimits } from "./connection-limits.ts";
import { PortConnection } from "./port-connection.ts";
import type { PortContext } from "./port-context.ts";
import {
  CONNECTIONS_PER_IP_MAX_DEFAULT,
  FOUR_LETTER_WORDS_DEFAULT,
  PORT_DRAIN_MAX_MS,
  PROBE_ANSWER_MIN_MS,
  PROBE_INTERVAL_MIN_MS,
  PROBE_INTERVAL_PER_CONNECTION_MS,
  QUEUES_TOGETHER_MAX,
  type PortOptions,
  SEND_QUEUE_TARGET_BYTES,
  SESSIONS_MAX_DEFAULT,
} from "./port-options.ts";
import { ReplyWriter } from "./reply-writer.ts";
import { SessionKeeper } from "./session-keeper.ts";
import { answerWord, FOUR_LETTER_WORDS } from "./words/answer-word.ts";

/** Where ZooKeeper clients may connect. */
export interface ZooKeeperPort {
  /** With the real port where 0 was asked for. */
  readonly address: string;
  readonly connectionCount: number;
  /** Of replies and events that wait for clients to read, over all connections. */
  readonly queueSizeBytes: number;
  /**
   * Takes in nobody any more, and nothing; answers what was handed in, as long as that takes no more than `PORT_DRAIN_MAX_MS`; closes
   * all connections, of which Coterie's clients hear that they may ask elsewhere for what was not answered. Sessions live on. Resolves
   * when the connections are closed, or that time has passed, and the address is free. A second call resolves with the first.
   */
  close(): Promise<void>;
}

/**
 * Listens for ZooKeeper clients. What they send is taken in turns: all frames of a turn are one batch, and all replies of
 * one leave in one write a connection.
 *
 * Rejects with what the transport says.
 */
export async function openZooKeeperPort(serving: PeerServing, options: PortOptions): Promise<ZooKeeperPort> {
  const port = new Port(serving, options);
  await port.listen();
  return port;
}

class Port implements ZooKeeperPort, PortContext, ArrivalSource {
  readonly serving: PeerServing;
  readonly clock: Clock;
  readonly logger: Logger | null;
  readonly clientQueueMaxBytes: number;
  readonly sendQueueTargetBytes: number;
  readonly limits: ConnectionLimits;
  readonly connections: Set<PortConnection> = new Set();
  readonly reader: JuteReader;
  readonly writer: ReplyWriter = new ReplyWriter();
  readonly requestsPerSecondMax: number;
  private readonly sessionsMax: number;
  /** When it was logged last that there is no room for more sessions; -Infinity for never. */
  private saidFullMs = -Infinity;
  private readonly options: PortOptions;
  private readonly frameSizeMaxBytes: number;
  private readonly withArrivals = new Set<PortConnection>();
  private listener: Listener | null = null;
  private removeSource: () => void = () => undefined;
  private readonly keeper: SessionKeeper | null;
  private isKeepDue = false;
  private closing: Promise<void> | null = null;
  private isClosed = false;
  /** Called when the last connection has gone. */
  private emptied: (() => void) | null = null;

  constructor(serving: PeerServing, options: PortOptions) {
    const { connectionsPerIpMax = CONNECTIONS_PER_IP_MAX_DEFAULT, connectionsMax = 0 } = options;
    this.serving = serving;
    this.options = options;
    this.clock = options.clock;
    this.logger = options.logger ?? null;
    this.clientQueueMaxBytes = options.clientQueueMaxBytes;
    this.sendQueueTargetBytes = Math.min(SEND_QUEUE_TARGET_BYTES, options.clientQueueMaxBytes);
    this.frameSizeMaxBytes = options.frameSizeMaxBytes ?? JUTE_BUFFER_MAX_BYTES;
    this.requestsPerSecondMax = options.requestsPerSecondMax ?? 0;
    this.sessionsMax = options.sessionsMax ?? SESSIONS_MAX_DEFAULT;
    this.limits = new ConnectionLimits(connectionsPerIpMax, connectionsMax);
    this.keeper = options.keepsSessions === true ? new SessionKeeper(options.clock, () => this.keepDue()) : null;
    this.reader = new JuteReader(new Uint8Array(0), { fieldSizeMaxBytes: fieldSizeMaxBytes(this.frameSizeMaxBytes) });
  }

  get address(): string {
    return this.listener?.address ?? this.options.address;
  }

  get probing(): ProbeAnswer {
    return {
      nextMs: Math.max(PROBE_INTERVAL_MIN_MS, Math.ceil(this.connections.size * PROBE_INTERVAL_PER_CONNECTION_MS)),
      withinMs: Math.max(PROBE_ANSWER_MIN_MS, Math.ceil(this.options.silenceMaxMs * 1.5)),
    };
  }

  get connectionCount(): number {
    return this.connections.size;
  }

  get queueSizeBytes(): number {
    let bytes = 0;
    for (const { queueSizeBytes } of this.connections) bytes += queueSizeBytes;
    return bytes;
  }

  async listen(): Promise<void> {
    const { transport, address, connectionsMax, connectionsPerIpMax } = this.options;
    this.removeSource = this.serving.addSource(this);
    const handler = {
      accept: (connection: Connection) => new PortConnection(this, connection),
      refused: (reason: CoterieError, remoteAddress: string) =>
        this.logger?.warn(
          { address: remoteAddress, code: reason.code },
          `a ZooKeeper client was refused: ${reason.message}`,
        ),
    };
    try {
      this.listener = await transport.listen(address, handler, {
        frameSizeMaxBytes: this.frameSizeMaxBytes,
        sendQueueTargetBytes: this.sendQueueTargetBytes,
        // The transport has limits of its own, below what may be asked for here.
        ...(connectionsPerIpMax === undefined ? {} : { connectionsPerAddressMax: connectionsPerIpMax }),
        ...(connectionsMax === undefined ? {} : { connectionsMax }),
        // Also those that are not answered: who asks is told so.
        ...(transport.supports.zookeeperFraming ? { fourLetterWords: FOUR_LETTER_WORDS } : {}),
      });
    } catch (error) {
      this.removeSource();
      throw error;
    }
    this.tellWhoMayConnect();
  }

  weighQueues(): void {
    const most = this.clientQueueMaxBytes * QUEUES_TOGETHER_MAX;
    let bytes = 0;
    for (const connection of this.connections) bytes += this.excessOf(connection);
    if (bytes <= most) return;
    const longest = [...this.connections].filter((connection) => this.excessOf(connection) > 0);
    longest.sort((one, other) => other.queueSizeBytes - one.queueSizeBytes);
    for (const connection of longest) {
      if (bytes <= most) return;
      bytes -= this.excessOf(connection);
      connection.cutAsTooSlow();
    }
  }

  mayOpenSession(address: string): boolean {
    const { sessionsMax, serving, logger, clock } = this;
    if (sessionsMax === 0 || serving.sessionCount < sessionsMax) return true;
    const nowMs = clock.nowMs();
    if (nowMs - this.saidFullMs >= REPORT_AGAIN_MS) {
      this.saidFullMs = nowMs;
      logger?.warn({ address, sessionsMax }, "no ZooKeeper client gets a new session: the ensemble has too many");
    }
    return false;
  }

  arrived(connection: PortConnection): void {
    this.withArrivals.add(connection);
    this.serving.arrived(this);
  }

  connected(sessionTimeoutMs: number): void {
    this.keeper?.add(sessionTimeoutMs);
  }

  touch(id: SessionId, timeoutMs: number): void {
    this.options.touch(id, timeoutMs);
  }

  left(connection: PortConnection): void {
    this.connections.delete(connection);
    if (this.connections.size === 0) this.emptied?.();
  }

  takeArrivals(): void {
    if (this.isKeepDue) this.keepSessions();
    for (const connection of this.withArrivals) {
      this.withArrivals.delete(connection);
      connection.takeArrivals();
    }
    if (this.isClosed) this.removeSource();
  }

  /** Connections with a session have been closed by it. */
  peerStopped(): void {
    this.withArrivals.clear();
    for (const connection of this.connections) connection.close();
  }

  answerWord(word: string, connection: PortConnection): void {
    const { serving, clock, connections } = this;
    const { facts, fourLetterWords = FOUR_LETTER_WORDS_DEFAULT } = this.options;
    const isListed = fourLetterWords.includes(word) || fourLetterWords.includes("*");
    serving.traffic.receivedCount += 1;
    const server = { serving, clock, facts, connections, asker: connection };
    connection.sendText(
      isListed ? answerWord(word, server) : `${word} is not executed because it is not in the whitelist.\n`,
    );
  }

  async close(): Promise<void> {
    this.closing ??= this.closeOnce();
    await this.closing;
  }

  private async closeOnce(): Promise<void> {
    const closed = this.listener?.close();
    await this.drain();
    this.keeper?.stop();
    await closed;
    // Sessions hear in a turn that their connections are gone; without turns nobody serves them any more.
    this.isClosed = true;
    if (this.withArrivals.size === 0) this.removeSource();
  }

  private async drain(): Promise<void> {
    for (const connection of this.connections) {
      // Without turns nothing is answered any more.
      if (this.serving.stoppedBy === null) connection.depart();
      else connection.close();
    }
    if (this.connections.size === 0) return;
    await new Promise<void>((resolve) => {
      const deadline = this.clock.setTimer(PORT_DRAIN_MAX_MS, resolve);
      this.emptied = () => {
        deadline.cancel();
        resolve();
      };
    });
    for (const connection of this.connections) connection.close();
  }

  /** What waits for one client is no reason to cut another up to what may wait for anybody. */
  private excessOf({ queueSizeBytes }: PortConnection): number {
    return Math.max(0, queueSizeBytes - this.sendQueueTargetBytes);
  }

  /** A timer has rung: it is done in a turn, which sees first what has come while the event loop stood still. */
  private keepDue(): void {
    this.isKeepDue = true;
    this.serving.arrived(this);
  }

  private keepSessions(): void {
    this.isKeepDue = false;
    let timeoutMs = Infinity;
    for (const connection of this.connections) {
      connection.keepSession();
      timeoutMs = Math.min(timeoutMs, connection.sessionTimeoutMs);
    }
    this.keeper?.touched(timeoutMs);
  }

  private tellWhoMayConnect(): void {
    const { address } = this;
    if (isLoopback(address)) return;
    this.logger?.warn(
      { address },
      `ZooKeeper clients may connect at ${address} from everywhere that it can be reached from; ACLs alone protect the data`,
    );
  }
}

/** A name or number of this machine alone, or no host at all. */
function isLoopback(address: string): boolean {
  return (
    /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]|\[::ffff:127\.\d+\.\d+\.\d+\]):\d+$/i.test(address) ||
    !/:\d+$/.test(address)
  );
}
