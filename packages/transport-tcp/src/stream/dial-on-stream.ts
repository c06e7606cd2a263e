import {
  checkConnectionOptions,
  type Connection,
  type ConnectionHandler,
  type ConnectionOptions,
  CoterieError,
} from "@coterie/interface";
import type { Socket } from "node:net";
import { setDeadline } from "./deadline.ts";
import { reasonOf, wordOf } from "./reasons.ts";
import { StreamConnection } from "./stream-connection.ts";
import type { StreamContext } from "./stream-context.ts";
import type { StreamEnds } from "./stream-ends.ts";
import type { Secured } from "./stream-security.ts";

export interface StreamDialOptions {
  readonly context: StreamContext;
  readonly address: string;
  readonly handler: ConnectionHandler;
  readonly connecting: ConnectionOptions;
  /** A socket that is connecting. Throws a CoterieError ADDRESS_UNUSABLE if there is nothing to connect to. */
  connect(): Socket;
  /** The name or IP address that the other end has to prove. */
  hostOf(): string;
  endsOf(socket: Socket): StreamEnds | null;
}

/**
 * Begins to connect, and tells the handler what becomes of it.
 *
 * @throws CoterieError BAD_ARGUMENTS if one of the options is none.
 */
export function dialOnStream(options: StreamDialOptions): Connection {
  checkConnectionOptions(options.connecting);
  return new Dial(options).connection;
}

class Dial {
  readonly connection: StreamConnection;
  private readonly options: StreamDialOptions;
  private raw: Socket | null = null;

  constructor(options: StreamDialOptions) {
    this.options = options;
    const { context, connecting, handler } = options;
    const { clock, flushes, limits } = context;
    this.connection = new StreamConnection({
      frameSizeMaxBytes: connecting.frameSizeMaxBytes,
      sendQueueTargetBytes: connecting.sendQueueTargetBytes,
      clock,
      flushes,
      closeTimeoutMs: limits.closeTimeoutMs,
    });
    const deadline = setDeadline(clock, limits.dialTimeoutMs, () =>
      this.fail(`it took longer than ${limits.dialTimeoutMs} ms`),
    );
    // Runs when the dial is over, whichever way; a socket that the connection has taken over stays.
    this.connection.begin(handler, (isOpen) => {
      deadline.cancel();
      if (!isOpen) this.raw?.destroy();
    });
    context.security.ready().then(
      () => this.connect(),
      (error: unknown) => this.connection.fail(asRefusal(error)),
    );
  }

  private connect(): void {
    if (this.connection.isClosed) return;
    let raw: Socket;
    try {
      raw = this.options.connect();
    } catch (error) {
      if (error instanceof CoterieError) return this.connection.fail(error);
      return this.fail(wordOf(error), error);
    }
    this.raw = raw;
    const onError = (error: Error): void => this.fail(wordOf(error), error);
    const onClose = (): void => this.fail("the connection was closed at once");
    raw.on("error", onError);
    raw.on("close", onClose);
    // One that is being destroyed may still have an error to tell.
    raw.on("error", () => undefined);
    raw.once("connect", () => {
      // From here on the handshake tells what becomes of the socket.
      raw.off("error", onError);
      raw.off("close", onClose);
      this.secure(raw);
    });
  }

  private secure(raw: Socket): void {
    const { options } = this;
    const ends = options.endsOf(raw);
    if (ends === null) return this.fail("the connection was closed at once");
    let isSettled = false;
    const settle = (outcome: Secured | CoterieError): void => {
      isSettled = true;
      if (outcome instanceof CoterieError) return this.connection.fail(outcome);
      const { socket, identity, head } = outcome;
      this.connection.open(socket, { ...ends, identity, fourLetterWord: null }, head);
    };
    try {
      options.context.security.begin(raw, options.hostOf(), settle);
    } catch (error) {
      // What a user's handler throws is not ours to hide.
      if (isSettled) throw error;
      this.fail(wordOf(error), error);
    }
  }

  private fail(how: string, cause?: unknown): void {
    this.connection.fail(reasonOf("UNREACHABLE", `${this.options.address} cannot be reached: ${how}.`, cause));
  }
}

function asRefusal(error: unknown): CoterieError {
  return error instanceof CoterieError ? error : reasonOf("IDENTITY_REFUSED", wordOf(error), error);
}
