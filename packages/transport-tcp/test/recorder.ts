import type {
  Connection,
  ConnectionHandler,
  ConnectionInfo,
  CoterieError,
  ListenHandler,
  ListenOptions,
} from "@coterie/interface";
import type { TcpLimits } from "../src/index.ts";

export const OPTIONS: ListenOptions = { frameSizeMaxBytes: 1_000_000, sendQueueTargetBytes: 100_000 };

/** Writes down what a connection tells, and lets a test wait for it. */
export class Recorder implements ConnectionHandler {
  info: ConnectionInfo | null = null;
  reason: CoterieError | null = null;
  readonly frames: Uint8Array[] = [];
  readonly heard: string[] = [];
  /** Called with each frame, after it was written down. */
  onFrame: (frame: Uint8Array) => void = () => undefined;
  private waiting: { isMet: () => boolean; resolve: () => void }[] = [];

  opened(info: ConnectionInfo): void {
    this.info = info;
    this.note("opened");
  }

  received(frame: Uint8Array): void {
    this.frames.push(frame);
    this.note("received");
    this.onFrame(frame);
  }

  drained(): void {
    this.note("drained");
  }

  closed(reason: CoterieError): void {
    this.reason = reason;
    this.note("closed");
  }

  /** Resolves as soon as `isMet`, which is looked at whenever something is heard. */
  until(isMet: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push({ isMet, resolve });
      this.look();
    });
  }

  async untilOpened(): Promise<ConnectionInfo> {
    await this.until(() => this.info !== null);
    return this.info!;
  }

  async untilClosed(): Promise<CoterieError> {
    await this.until(() => this.reason !== null);
    return this.reason!;
  }

  get text(): string[] {
    return this.frames.map((frame) => Buffer.from(frame).toString());
  }

  private note(what: string): void {
    this.heard.push(what);
    this.look();
  }

  private look(): void {
    for (const { isMet, resolve } of this.waiting) if (isMet()) resolve();
  }
}

/** Takes every connection in, with a Recorder each. */
export class Porter implements ListenHandler {
  readonly connections: Connection[] = [];
  readonly recorders: Recorder[] = [];
  readonly refusals: { reason: CoterieError; remoteAddress: string }[] = [];
  private waiting: { isMet: () => boolean; resolve: () => void }[] = [];

  accept(connection: Connection): ConnectionHandler {
    const recorder = new Recorder();
    this.connections.push(connection);
    this.recorders.push(recorder);
    this.look();
    return recorder;
  }

  refused(reason: CoterieError, remoteAddress: string): void {
    this.refusals.push({ reason, remoteAddress });
    this.look();
  }

  until(isMet: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push({ isMet, resolve });
      this.look();
    });
  }

  /** The connection that came in as number `index`, when it is here. */
  async at(index: number): Promise<{ connection: Connection; recorder: Recorder }> {
    await this.until(() => this.connections.length > index);
    return { connection: this.connections[index]!, recorder: this.recorders[index]! };
  }

  async refusal(index = 0): Promise<CoterieError> {
    await this.until(() => this.refusals.length > index);
    return this.refusals[index]!.reason;
  }

  private look(): void {
    for (const { isMet, resolve } of this.waiting) if (isMet()) resolve();
  }
}

export function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text));
}

/** Limits for tests that wait for the end of a close. The others end what hangs, on a machine that is busy, too. */
export const QUICK_LIMITS: Partial<TcpLimits> = {
  handshakeTimeoutMs: 25_000,
  dialTimeoutMs: 25_000,
  closeTimeoutMs: 250,
};

/** How long the kit waits for them, and for a machine that is busy with something else. */
export const WAIT_MAX_MS = 30_000;
