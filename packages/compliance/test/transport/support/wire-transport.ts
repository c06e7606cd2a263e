import {
  type Connection,
  type ConnectionHandler,
  type ConnectionOptions,
  CoterieError,
  type ErrorCode,
  type Listener,
  type ListenHandler,
  type ListenOptions,
  type RemoteIdentity,
  type Transport,
} from "@coterie/interface";
import { type Duplex, duplexPair } from "node:stream";
import type { TransportFixture, TransportSite } from "../../../src/transport/fixture.ts";
import { SteppedClock } from "./stepped-clock.ts";
import { PREFIX_SIZE_BYTES, WireConnection } from "./wire-connection.ts";

const TURNS_MAX = 200;
const MEMBER = "member";
const PROVEN: RemoteIdentity = { kind: "secret" };

interface WireListener {
  readonly transport: WireTransport;
  readonly handler: ListenHandler;
  readonly options: ListenOptions;
}

/** Wires of memory, and who listens at their ends. */
export class WireNetwork {
  readonly clock: SteppedClock = new SteppedClock();
  readonly listeners: Map<string, WireListener> = new Map();
  lastPort = 0;
}

/**
 * Bytes on a wire, and ends that prove who they are: what the memory transport has not. It is right as far as the cases
 * look that need one of both, and no further. A mutant overrides what it breaks.
 */
export class WireTransport implements Transport {
  readonly supports = { identity: true, zookeeperFraming: true };
  private readonly network: WireNetwork;
  private readonly proof: string;

  constructor(network: WireNetwork, proof: string = MEMBER) {
    this.network = network;
    this.proof = proof;
  }

  async listen(_address: string, handler: ListenHandler, options: ListenOptions): Promise<Listener> {
    const { listeners } = this.network;
    const address = `wire:${++this.network.lastPort}`;
    listeners.set(address, { transport: this, handler, options });
    return { address, close: async () => void listeners.delete(address) };
  }

  dial(address: string, handler: ConnectionHandler, options: ConnectionOptions): Connection {
    const connection = this.createConnection(options, this.network.clock);
    connection.attach(handler);
    this.network.clock.nextTurn(() => this.reach(address, connection));
    return connection;
  }

  /** Somebody has come in with a proof, by a stream. Says whether they are let in. */
  answer({ handler, options }: WireListener, stream: Duplex, proof: string): boolean {
    if (!this.letsIn(proof)) {
      const code = this.codeOfStrangers();
      if (code !== null) handler.refused(new CoterieError(code), "a stranger");
      stream.end();
      return false;
    }
    const words = this.wordsOf(options);
    if (words.length === 0) this.accept(handler, options, stream, null, Buffer.alloc(0));
    else this.readWord(handler, options, stream, words);
    return true;
  }

  protected createConnection(options: ListenOptions, clock: SteppedClock): WireConnection {
    return new WireConnection(options, clock);
  }

  protected letsIn(proof: string): boolean {
    return proof === this.proof;
  }

  /** Whether who was dialled is who was meant. */
  protected believes(proof: string): boolean {
    return proof === this.proof;
  }

  /** What a listener is told of a stranger; null: nothing. */
  protected codeOfStrangers(): ErrorCode | null {
    return "IDENTITY_REFUSED";
  }

  /** What strangers are told that have dialled. */
  protected codeForStrangers(): ErrorCode {
    return "IDENTITY_REFUSED";
  }

  /** What a dial is told that has come to a stranger. */
  protected codeOfDisbelief(): ErrorCode {
    return "IDENTITY_REFUSED";
  }

  protected identityOf(): RemoteIdentity {
    return PROVEN;
  }

  protected wordsOf({ fourLetterWords = [] }: ListenOptions): readonly string[] {
    return fourLetterWords;
  }

  /** Whether what has come is enough to know that it is a word, or none. */
  protected isEnough(head: Buffer): boolean {
    return head.length >= PREFIX_SIZE_BYTES;
  }

  private reach(address: string, connection: WireConnection): void {
    const listener = this.network.listeners.get(address);
    if (listener === undefined) return connection.end("UNREACHABLE");
    const { transport } = listener;
    if (!this.believes(transport.proof)) return connection.end(this.codeOfDisbelief());
    const [near, far] = duplexPair();
    if (!transport.answer(listener, far, this.proof)) return connection.end(transport.codeForStrangers());
    connection.open(near, this.identityOf(), null, Buffer.alloc(0));
  }

  private readWord(handler: ListenHandler, options: ListenOptions, stream: Duplex, words: readonly string[]): void {
    let head = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      head = Buffer.concat([head, chunk]);
      if (!this.isEnough(head)) return;
      stream.off("data", onData);
      const word = head.toString("latin1", 0, PREFIX_SIZE_BYTES);
      if (words.includes(word)) this.accept(handler, options, stream, word, head.subarray(PREFIX_SIZE_BYTES));
      else this.accept(handler, options, stream, null, head);
    };
    stream.on("data", onData);
  }

  private accept(
    handler: ListenHandler,
    options: ListenOptions,
    stream: Duplex,
    word: string | null,
    head: Buffer,
  ): void {
    const connection = this.createConnection(options, this.network.clock);
    connection.attach(handler.accept(connection));
    connection.open(stream, this.identityOf(), word, head);
  }
}

/** Proves nothing, and asks nobody for a proof. */
class Stranger extends WireTransport {
  constructor(network: WireNetwork) {
    super(network, "stranger");
  }
  protected override letsIn(): boolean {
    return true;
  }
  protected override believes(): boolean {
    return true;
  }
}

export interface WireSite extends TransportSite {
  readonly network: WireNetwork;
}

export type WireTransportClass = new (network: WireNetwork) => WireTransport;

/** The strangers are not broken, whatever the members are. */
export function createWireFixture(Members: WireTransportClass = WireTransport): TransportFixture<WireSite> {
  const networks = new Set<WireNetwork>();
  const turn = async (): Promise<void> => {
    for (const { clock } of networks) await clock.step();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    supports: { identity: true, zookeeperFraming: true },
    createSite: async () => {
      const network = new WireNetwork();
      networks.add(network);
      return { network, listening: new Members(network), dialing: new Members(network) };
    },
    removeSite: async ({ network }) => void networks.delete(network),
    createAddress: () => "wire:0",
    unusableAddress: "no wire",
    pace: { turn, turnsMax: TURNS_MAX },
    connectRaw: async ({ network }, address) => {
      const listener = network.listeners.get(address)!;
      const [near, far] = duplexPair();
      listener.transport.answer(listener, far, MEMBER);
      return near;
    },
    identity: {
      ofDialing: PROVEN,
      ofListening: PROVEN,
      createStranger: ({ network }) => new Stranger(network),
      createStrangerAddress: () => "wire:0",
    },
  };
}
