import type { Connection, Transport } from "@coterie/interface";
import type { ConnectRequest, Request } from "@coterie/protocol";
import { connectFrame, readConnect, readSent, replyFrame } from "./frames.ts";

/** One connection at a fake server: what it has brought, and what it is answered. */
export class FakeConnection {
  readonly connection: Connection;
  connect: ConnectRequest | null = null;
  readonly requests: Request[] = [];
  isClosed = false;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  send(frame: Uint8Array): void {
    this.connection.send(frame);
  }
}

export interface FakeServerOptions {
  /** What a connect request is answered with; null for nothing. Default: it is taken. */
  greet?: (request: ConnectRequest) => Uint8Array | null;
  /** What a request is answered with; null for nothing. Default: pings, syncs and the end of a session. */
  answer?: (request: Request) => Uint8Array | null;
}

/** A server of scripted answers. */
export class FakeServer {
  readonly connections: FakeConnection[] = [];
  greet: (request: ConnectRequest) => Uint8Array | null;
  answer: (request: Request) => Uint8Array | null;

  constructor(options: FakeServerOptions = {}) {
    this.greet = options.greet ?? (() => connectFrame());
    this.answer = options.answer ?? answerOf;
  }

  get last(): FakeConnection {
    return this.connections.at(-1)!;
  }

  listen(transport: Transport, address: string): Promise<unknown> {
    const accept = (connection: Connection) => {
      const fake = new FakeConnection(connection);
      this.connections.push(fake);
      return {
        opened: () => {},
        received: (frame: Uint8Array) => this.received(fake, frame),
        drained: () => {},
        closed: () => {
          fake.isClosed = true;
        },
      };
    };
    const options = { frameSizeMaxBytes: 1_048_575, sendQueueTargetBytes: 2 ** 20 };
    return transport.listen(address, { accept, refused: () => {} }, options);
  }

  private received(fake: FakeConnection, frame: Uint8Array): void {
    let answer: Uint8Array | null;
    if (fake.connect === null) {
      fake.connect = readConnect(frame);
      answer = this.greet(fake.connect);
    } else {
      const request = readSent(frame);
      fake.requests.push(request);
      answer = this.answer(request);
    }
    if (answer !== null) fake.send(answer);
  }
}

export function answerOf({ xid, body }: Request): Uint8Array | null {
  switch (body.kind) {
    case "ping":
    case "auth":
    case "closeSession":
    case "setWatches2":
      return replyFrame(xid, { kind: body.kind });
    case "sync":
      return replyFrame(xid, { kind: "sync", path: body.path }, { zxid: 5 });
    default:
      return replyFrame(xid, null, { err: -6 });
  }
}
