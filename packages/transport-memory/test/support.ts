import type {
  Clock,
  Connection,
  ConnectionHandler,
  ConnectionOptions,
  CoterieError,
  Listener,
  MonotonicMs,
  Timer,
  Transport,
  WallTimeMs,
} from "@coterie/interface";

export const OPTIONS: ConnectionOptions = { frameSizeMaxBytes: 1_000_000, sendQueueTargetBytes: 1000 };

/** A clock that goes on when it is told to, timer by timer. */
export class ManualClock implements Clock {
  private elapsedMs = 0;
  private turns: (() => void)[] = [];
  private timers: { dueMs: number; callback: () => void }[] = [];

  nowMs(): MonotonicMs {
    return this.elapsedMs as MonotonicMs;
  }

  wallTimeMs(): WallTimeMs {
    return Math.floor(this.elapsedMs) as WallTimeMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const timer = { dueMs: this.elapsedMs + delayMs, callback };
    this.timers.push(timer);
    return { cancel: () => void (this.timers = this.timers.filter((other) => other !== timer)) };
  }

  nextTurn(callback: () => void): void {
    this.turns.push(callback);
  }

  settle(): void {
    for (let turn = this.turns; turn.length > 0; turn = this.turns) {
      this.turns = [];
      for (const callback of turn) callback();
    }
  }

  advance(ms: number): void {
    const endMs = this.elapsedMs + ms;
    this.settle();
    for (;;) {
      const next = this.timers.toSorted((one, other) => one.dueMs - other.dueMs)[0];
      if (next === undefined || next.dueMs > endMs) break;
      this.elapsedMs = Math.max(this.elapsedMs, next.dueMs);
      this.timers = this.timers.filter((other) => other !== next);
      next.callback();
      this.settle();
    }
    this.elapsedMs = endMs;
  }
}

/** One end, which writes down what it hears: `opened`, `drained`, the frames' first bytes, and the code of `closed`. */
export class EndLog implements ConnectionHandler {
  readonly heard: (string | number)[] = [];
  connection: Connection | null = null;
  onReceived: (frame: Uint8Array) => void = () => undefined;

  opened(): void {
    this.heard.push("opened");
  }

  received(frame: Uint8Array): void {
    this.heard.push(frame[0] ?? -1);
    this.onReceived(frame);
  }

  drained(): void {
    this.heard.push("drained");
  }

  closed(reason: CoterieError): void {
    this.heard.push(reason.code);
  }

  send(first: number, sizeBytes = 1): boolean {
    return this.connection!.send(new Uint8Array(sizeBytes).fill(first));
  }
}

export interface Place {
  readonly listener: Listener;
  readonly accepted: EndLog[];
}

export async function listen(transport: Transport, address: string): Promise<Place> {
  const accepted: EndLog[] = [];
  const accept = (connection: Connection): ConnectionHandler => {
    const end = new EndLog();
    end.connection = connection;
    accepted.push(end);
    return end;
  };
  return { accepted, listener: await transport.listen(address, { accept, refused: () => undefined }, OPTIONS) };
}

export function dial(transport: Transport, address: string): EndLog {
  const end = new EndLog();
  end.connection = transport.dial(address, end, OPTIONS);
  return end;
}
