import {
  type Clock,
  type Connection,
  type ConnectionHandler,
  CoterieError,
  type Random,
  SESSION_NONE,
  type SessionId,
  shownOf,
  type Timer,
  type Transport,
} from "@coterie/interface";
import { createPlatformClock, createPlatformRandom, Elapsed } from "@coterie/platform";
import type { AuthRequest } from "@coterie/protocol";
import type {
  ChannelCall,
  ChannelHandler,
  ChannelReply,
  ChannelState,
  SessionChannel,
  SessionSupports,
} from "@coterie/session";
import { type ConnectionMachine, createConnectionMachine } from "./connection/connection-machine.ts";
import type { ConnectionEffect, Telling } from "./connection/effect.ts";
import { Fifo } from "./connection/fifo.ts";
import type { ConnectionInput } from "./connection/input.ts";
import type { ServerTrouble } from "./connection/server-list.ts";
import { checkClientLimits, checkCount, type ClientLimits } from "./limits.ts";

export interface ClientChannelOptions {
  /**
   * Carries the frames: TCP or a unix socket, or any other way to a server that speaks ZooKeeper's protocol. Where a name has
   * several addresses, which of them is tried is the transport's matter.
   */
  readonly transport: Transport;
  /** The servers, in the transport's form. At least one; those that stand there twice count once. */
  readonly addresses: readonly string[];
  /** Asked for; the server grants what it thinks right. Default: 10,000. */
  readonly sessionTimeoutMs?: number | undefined;
  /** Whether a ZooKeeper server that has lost its quorum, and is in read-only mode, will do. Default: false. */
  readonly readOnly?: boolean | undefined;
  /**
   * That the server keeps the session for as long as the connection is open (`keepsSessions` of its port), and that the transport tells
   * when it is not: for another thread or process on this machine. Then nothing is pinged, and the event loop may stand still for
   * longer than the session's timeout. Default: false.
   */
  readonly isKept?: boolean | undefined;
  readonly limits?: Partial<ClientLimits> | undefined;
  /** Default: Node.js's own time and randomness. */
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** A session's way over the wire, to Coterie's peers and to Apache ZooKeeper from 3.5 on. */
export interface ClientChannel extends SessionChannel {
  /** The server of the connection; null while there is none. */
  readonly server: string | null;
  /**
   * Whether that server is in read-only mode. The state "connected" then comes with the reason NOT_READ_ONLY. No other server is
   * looked for while the connection holds.
   */
  readonly isReadOnly: boolean;
  /** What was last wrong with each server. */
  troubles(): ServerTrouble[];
}

export const SESSION_TIMEOUT_DEFAULT_MS = 10_000;

/** The longest delay that a Clock takes. */
const DELAY_MAX_MS = 2 ** 31 - 1;

/** @throws CoterieError BAD_ARGUMENTS for an option that is none. */
export function createClientChannel(options: ClientChannelOptions): ClientChannel {
  return new WireChannel(options);
}

/** The shell of the machine: the transport and the clock, and the turn in which the session is told. */
class WireChannel implements ClientChannel {
  readonly supports: SessionSupports;
  sessionId: SessionId = SESSION_NONE;
  timeoutMs = 0;
  state: ChannelState = "connecting";
  server: string | null = null;
  isReadOnly = false;
  private readonly transport: Transport;
  private readonly limits: ClientLimits;
  private readonly clock: Clock;
  /** Suspends of the machine count: a session expires in them, whatever a monotonic clock says (LK-02). */
  private readonly elapsed: Elapsed;
  private readonly machine: ConnectionMachine;
  private handler: ChannelHandler | null = null;
  private connection: Connection | null = null;
  private alarm: Timer | null = null;
  private alarmAtMs = Infinity;
  /** The alarm has rung, and what has arrived meanwhile is read first. */
  private isLooking = false;
  /** What the session is still to be told. */
  private readonly tellings = new Fifo<Telling>();
  private isTelling = false;
  private isTurnAsked = false;

  constructor(options: ClientChannelOptions) {
    this.transport = options.transport;
    if (typeof this.transport?.dial !== "function") {
      throw new CoterieError("BAD_ARGUMENTS", `transport is ${shownOf(this.transport)}, and has to be a Transport.`);
    }
    this.limits = checkClientLimits(options.limits);
    this.clock = options.clock ?? createPlatformClock();
    this.elapsed = new Elapsed(this.clock);
    this.machine = createConnectionMachine({
      addresses: checkAddresses(options.addresses),
      sessionTimeoutMs: checkCount("sessionTimeoutMs", options.sessionTimeoutMs ?? SESSION_TIMEOUT_DEFAULT_MS),
      mayBeReadOnly: options.readOnly ?? false,
      isKept: options.isKept ?? false,
      limits: this.limits,
      random: (options.random ?? createPlatformRandom()).fork("client"),
      watches: () => this.handler?.watches() ?? { persistent: [], recursive: [] },
    });
    const { machine } = this;
    this.supports = {
      kind: options.isKept === true ? "worker" : "wire",
      bounded: false,
      get linearizable() {
        return machine.isCoterie;
      },
    };
  }

  open(handler: ChannelHandler): void {
    if (this.handler !== null) throw new CoterieError("BAD_ARGUMENTS", "A channel is opened once.");
    this.handler = handler;
    this.asked({ kind: "start" });
  }

  submit(call: ChannelCall): void {
    this.asked({ kind: "submit", call });
  }

  authenticate(request: AuthRequest, settle: (reply: ChannelReply) => void): void {
    this.asked({ kind: "authenticate", request, call: { settle } });
  }

  staleMs(): null {
    return null;
  }

  close(): void {
    this.asked({ kind: "close" });
  }

  detach(): void {
    this.asked({ kind: "detach" });
  }

  troubles(): ServerTrouble[] {
    return this.machine.troubles();
  }

  /** From the session, which hears nothing inside its call. */
  private asked(input: ConnectionInput): void {
    this.step(input);
    if (!this.isTelling) this.askForTurn();
  }

  /** From the transport or the clock. */
  private heard(input: ConnectionInput): void {
    this.step(input);
    this.tell();
  }

  private step(input: ConnectionInput): void {
    for (const effect of this.machine.step(input, this.elapsed.nowMs())) this.carryOut(effect);
    this.setAlarm();
  }

  private carryOut(effect: ConnectionEffect): void {
    switch (effect.kind) {
      case "dial":
        return this.dial(effect.link, effect.address);
      case "send":
        if (this.connection?.send(effect.frame) === false) {
          this.machine.step({ kind: "choked", link: effect.link }, this.elapsed.nowMs());
        }
        return;
      case "close":
        return this.connection?.close();
      case "abort":
        return this.connection?.abort();
      default:
        this.tellings.push(effect);
    }
  }

  private dial(link: number, address: string): void {
    const handler: ConnectionHandler = {
      opened: () => this.heard({ kind: "opened", link }),
      received: (frame) => this.heard({ kind: "frame", link, frame }),
      drained: () => this.heard({ kind: "drained", link }),
      closed: (reason) => this.heard({ kind: "closed", link, reason }),
    };
    const { replySizeMaxBytes, sendQueueTargetBytes } = this.limits;
    try {
      this.connection = this.transport.dial(address, handler, {
        frameSizeMaxBytes: replySizeMaxBytes,
        sendQueueTargetBytes,
      });
    } catch (error) {
      // A transport that cannot dial at all is one whose every server is unreachable: connecting ends at its deadline.
      this.connection = null;
      const reason = error instanceof CoterieError ? error : new CoterieError("UNREACHABLE", String(error));
      this.clock.nextTurn(() => this.heard({ kind: "closed", link, reason }));
    }
  }

  /** Tells the session what has gathered. What it asks for meanwhile is carried out, and its answers are told behind. */
  private tell(): void {
    if (this.isTelling) return;
    this.isTelling = true;
    try {
      for (let telling = this.tellings.shift(); telling !== undefined; telling = this.tellings.shift()) {
        this.tellOne(telling);
      }
    } finally {
      this.isTelling = false;
      // If a handler has thrown, which it should not, the rest is told all the same.
      this.askForTurn();
    }
  }

  private tellOne(telling: Telling): void {
    switch (telling.kind) {
      case "settle":
        return telling.call.settle(telling.reply);
      case "event":
        return this.handler?.watchEvent(telling.event, telling.zxid);
      case "watches-renewed":
        return this.handler?.watchesRenewed();
      case "state":
        this.state = telling.state;
        this.sessionId = telling.sessionId;
        this.timeoutMs = telling.timeoutMs;
        this.server = telling.server;
        this.isReadOnly = telling.isReadOnly;
        this.handler?.stateChanged(telling.state, telling.reason);
    }
  }

  private askForTurn(): void {
    if (this.tellings.size === 0 || this.isTurnAsked) return;
    this.isTurnAsked = true;
    this.clock.nextTurn(() => {
      this.isTurnAsked = false;
      this.tell();
    });
  }

  /** One timer, which may ring early and is then set anew: most deadlines move on before they come. */
  private setAlarm(): void {
    const wakeAtMs = this.machine.wakeAtMs();
    if (this.isLooking || (this.alarm !== null && this.alarmAtMs <= wakeAtMs && wakeAtMs !== Infinity)) return;
    this.alarm?.cancel();
    this.alarm = null;
    this.alarmAtMs = wakeAtMs;
    if (wakeAtMs === Infinity) return;
    const delayMs = Math.min(Math.max(wakeAtMs - this.elapsed.nowMs(), 0), DELAY_MAX_MS);
    this.alarm = this.clock.setTimer(delayMs, () => this.ring());
  }

  private ring(): void {
    this.alarm = null;
    this.isLooking = true;
    // After a stall of this process the answer may have been here for long: it is read before anything is held to be lost (SE-07).
    this.clock.nextTurn(() => {
      this.isLooking = false;
      this.heard({ kind: "timer" });
    });
  }
}

function checkAddresses(addresses: readonly string[]): string[] {
  const isGood =
    Array.isArray(addresses) && addresses.every((address) => typeof address === "string" && address !== "");
  if (isGood && addresses.length > 0) return [...new Set(addresses)];
  throw new CoterieError(
    "BAD_ARGUMENTS",
    "addresses must name at least one server, each as text in the transport's form.",
  );
}
