import { createSessionTimeoutBounds } from "@coterie/core";
import {
  type Connection,
  type ConnectionHandler,
  createSeededRandom,
  type PeerId,
  type Transport,
} from "@coterie/interface";
import {
  JuteReader,
  JuteWriter,
  type Opcode,
  OPCODES,
  peekXid,
  readConnectResponse,
  readResponse,
  type RequestBody,
  type Response,
  writeConnectRequest,
  writeRequest,
  XID_NOTIFICATION,
  XID_PING,
} from "@coterie/protocol";
import { createMemoryNetwork } from "@coterie/transport-memory";
import { ManualClock } from "../../../interface/test/manual-clock.ts";
import { createServing, type PeerServing, type ServingOptions } from "../../src/serving/create-serving.ts";
import type { PortOptions } from "../../src/zookeeper-port/port-options.ts";
import type { ServerFacts } from "../../src/zookeeper-port/words/server-facts.ts";
import { openZooKeeperPort, type ZooKeeperPort } from "../../src/zookeeper-port/zookeeper-port.ts";
import { FakeEngine, LEADING } from "../serving/fake-engine.ts";

export const FACTS: ServerFacts = {
  version: "3.9.5-coterie-test, built on 2026-01-31 00:00 UTC",
  isStandalone: () => false,
  configuration: () => "clientPort=2181\ntickTime=2000\n",
  directorySizes: () => ({ dataSizeBytes: 12, logSizeBytes: 34 }),
  proposalSizes: () => ({ lastBytes: 1, minBytes: 2, maxBytes: 3 }),
  sessionDeadlines: () => null,
  metrics: () => [["quorum_size", 3]],
};

export interface ConnectFields {
  readonly protocolVersion?: number;
  readonly lastZxidSeen?: number;
  readonly timeoutMs?: number;
  readonly sessionId?: bigint;
  readonly password?: Uint8Array | null;
  readonly readOnly?: boolean | null;
}

/** A client that sends what it is told to, and keeps what comes. */
export class RawClient implements ConnectionHandler {
  readonly frames: Uint8Array[] = [];
  connection: Connection | null = null;
  isClosed = false;
  isOpened = false;
  private readonly opcodes = new Map<number, Opcode[]>();

  opened(): void {
    this.isOpened = true;
  }

  received(frame: Uint8Array): void {
    this.frames.push(frame);
  }

  drained(): void {}

  closed(): void {
    this.isClosed = true;
  }

  connect(fields: ConnectFields = {}): void {
    const { protocolVersion = 0, lastZxidSeen = 0, timeoutMs = 10_000, sessionId = 0n } = fields;
    const { password = null, readOnly = false } = fields;
    const writer = new JuteWriter();
    writeConnectRequest(writer, { protocolVersion, lastZxidSeen, timeoutMs, sessionId, password, readOnly });
    this.connection!.send(writer.copy());
  }

  request(xid: number, body: RequestBody): void {
    const writer = new JuteWriter();
    writeRequest(writer, { xid, body });
    this.expectReply(body.kind === "ping" ? XID_PING : xid, OPCODES[body.kind]);
    this.connection!.send(writer.copy());
  }

  expectReply(xid: number, opcode: Opcode): void {
    this.opcodes.set(xid, [...(this.opcodes.get(xid) ?? []), opcode]);
  }

  takeConnectResponse(): ReturnType<typeof readConnectResponse> {
    return readConnectResponse(new JuteReader(this.frames.shift()!));
  }

  /** Replies and notifications that have come. */
  takeReplies(): Response[] {
    return this.frames.splice(0).map((frame) => {
      const xid = peekXid(frame);
      const opcode = xid === XID_NOTIFICATION ? OPCODES.notification : this.opcodes.get(xid)!.shift()!;
      return readResponse(new JuteReader(frame), opcode);
    });
  }
}

/**
 * A memory transport as the port sees TCP: its clients have addresses, and words. Who dials from a host named after a word has
 * begun with it.
 */
function asTcp(transport: Transport, remoteIp: string): Transport {
  return {
    supports: { ...transport.supports, zookeeperFraming: true },
    dial: (address, handler, options) => transport.dial(address, handler, options),
    listen: (address, handler, { fourLetterWords = [], ...options }) =>
      transport.listen(
        address,
        {
          refused: (reason, from) => handler.refused(reason, from),
          accept: (connection) => {
            const inner = handler.accept(connection);
            return {
              opened: (info) => {
                const host = info.remoteAddress.split(":")[0]!;
                const fourLetterWord = fourLetterWords.includes(host) ? host : null;
                inner.opened({ ...info, remoteAddress: `${remoteIp}:5000`, remoteIp, fourLetterWord });
              },
              received: (frame) => inner.received(frame),
              drained: () => inner.drained(),
              closed: (reason) => inner.closed(reason),
            };
          },
        },
        options,
      ),
  };
}

/** A port on a network in memory, over a fake engine, where time stands still unless it is told to go on. */
export class PortWorld {
  readonly clock = new ManualClock();
  readonly engine = new FakeEngine();
  readonly serving: PeerServing;
  readonly logged: string[] = [];
  port: ZooKeeperPort | null = null;
  private readonly network = createMemoryNetwork({ clock: this.clock });

  constructor(options: Partial<ServingOptions> = {}) {
    this.serving = createServing(this.engine, {
      peerId: 1 as PeerId,
      clock: this.clock,
      random: createSeededRandom(1),
      timeouts: createSessionTimeoutBounds(2_000),
      ...options,
    });
    this.engine.handler = this.serving;
    this.engine.become(LEADING);
    this.engine.run();
  }

  async open(options: Partial<PortOptions> = {}): Promise<this> {
    const log = (_details: object, message: string): void => void this.logged.push(message);
    this.port = await openZooKeeperPort(this.serving, {
      transport: asTcp(this.network.transport("server"), "127.0.0.1"),
      address: "server:2181",
      clock: this.clock,
      facts: FACTS,
      clientQueueMaxBytes: 32 * 2 ** 20,
      silenceMaxMs: 3_000,
      touch: (id) => this.engine.touch(id),
      logger: { debug: log, info: log, warn: log, error: log },
      ...options,
    });
    return this;
  }

  /** Until nothing moves any more. */
  settle(): void {
    for (let turns = -1; turns !== this.engine.turnCount;) {
      turns = this.engine.turnCount;
      this.clock.settle();
      this.engine.run();
      this.clock.settle();
    }
  }

  pass(ms: number): void {
    this.clock.advance(ms);
    this.settle();
  }

  dial(host = "client"): RawClient {
    const client = new RawClient();
    const transport = this.network.transport(host);
    client.connection = transport.dial("server:2181", client, {
      frameSizeMaxBytes: 2 ** 24,
      sendQueueTargetBytes: 2 ** 24,
    });
    this.settle();
    return client;
  }

  /** What a four-letter word is answered. */
  ask4(word: string): string {
    const client = this.dial(word);
    if (!client.isClosed) throw new Error("the connection of a word stays open");
    return new TextDecoder().decode(client.frames[0]);
  }

  /** With a session. */
  connect(fields: ConnectFields = {}): RawClient & { readonly session: ReturnType<typeof readConnectResponse> } {
    const client = this.dial();
    client.connect(fields);
    this.settle();
    return Object.assign(client, { session: client.takeConnectResponse() });
  }

  /** All requests in one go, xids from 1. */
  ask(client: RawClient, ...bodies: RequestBody[]): Response[] {
    for (const [index, body] of bodies.entries()) client.request(index + 1, body);
    this.settle();
    return client.takeReplies();
  }
}

export function hexToBytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, "hex"));
}
