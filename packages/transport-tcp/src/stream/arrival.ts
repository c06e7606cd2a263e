import { CoterieError, type ListenHandler, type ListenOptions, type Timer } from "@coterie/interface";
import type { Socket } from "node:net";
import { setDeadline } from "./deadline.ts";
import { readHead } from "./read-head.ts";
import { reasonOf, wordOf } from "./reasons.ts";
import { StreamConnection } from "./stream-connection.ts";
import type { StreamContext } from "./stream-context.ts";
import type { Secured } from "./stream-security.ts";
import type { StreamEnds } from "./stream-ends.ts";

const WORD_SIZE_BYTES = 4;

export interface ArrivalOptions {
  readonly context: StreamContext;
  readonly listening: ListenOptions;
  readonly handler: ListenHandler;
  /** It has been accepted, or refused for a reason. */
  over(arrival: Arrival, refusal: CoterieError | null): void;
}

/** A socket on its way in: from its first byte to `opened`, or out again. */
export class Arrival {
  readonly ends: StreamEnds;
  private readonly raw: Socket;
  private readonly options: ArrivalOptions;
  private readonly deadline: Timer;
  private isOver = false;
  private readonly onError = (error: Error): void => this.refuse(broke(`broke: ${wordOf(error)}`, error));

  constructor(raw: Socket, ends: StreamEnds, options: ArrivalOptions) {
    this.raw = raw;
    this.ends = ends;
    this.options = options;
    const { clock, limits } = options.context;
    this.deadline = setDeadline(clock, limits.handshakeTimeoutMs, () =>
      this.refuse(reasonOf("CONNECTION_CLOSED", `The handshake took longer than ${limits.handshakeTimeoutMs} ms.`)),
    );
    raw.on("error", this.onError);
  }

  begin(): void {
    this.options.context.security.answer(this.raw, (outcome) => {
      if (this.isOver) return;
      if (outcome instanceof CoterieError) this.refuse(outcome);
      else this.readWord(outcome);
    });
  }

  refuse(reason: CoterieError): void {
    if (this.isOver) return;
    this.finish(reason);
    // Its error handler stays: a socket that is being destroyed may still have one to tell.
    this.raw.destroy();
  }

  /** What the connection begins with decides what it is, if there are words to listen for. */
  private readWord(secured: Secured): void {
    const words = this.options.listening.fourLetterWords ?? [];
    const { socket } = secured;
    if (words.length === 0) return this.accept(secured, null, secured.head);
    // The errors of a socket that is not the raw one are its own.
    if (socket !== this.raw) socket.on("error", this.onError);
    readHead(socket, secured.head, WORD_SIZE_BYTES, (head) => {
      if (head === null) return this.refuse(broke("ended"));
      const word = String.fromCharCode(...head.subarray(0, WORD_SIZE_BYTES));
      if (words.includes(word)) this.accept(secured, word, null);
      else this.accept(secured, null, head);
    });
  }

  private accept({ socket, identity }: Secured, fourLetterWord: string | null, head: Uint8Array | null): void {
    if (this.isOver) return;
    this.finish(null);
    this.raw.off("error", this.onError);
    socket.off("error", this.onError);
    const { context, listening, handler } = this.options;
    const connection = new StreamConnection({
      frameSizeMaxBytes: listening.frameSizeMaxBytes,
      sendQueueTargetBytes: listening.sendQueueTargetBytes,
      clock: context.clock,
      flushes: context.flushes,
      closeTimeoutMs: context.limits.closeTimeoutMs,
    });
    connection.begin(handler.accept(connection), () => undefined);
    connection.open(socket, { ...this.ends, identity, fourLetterWord }, head);
  }

  private finish(refusal: CoterieError | null): void {
    this.isOver = true;
    this.options.over(this, refusal);
    this.deadline.cancel();
  }
}

function broke(how: string, cause?: unknown): CoterieError {
  return reasonOf("CONNECTION_CLOSED", `The connection ${how} before its handshake was done.`, cause);
}
