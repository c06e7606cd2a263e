import {
  assert,
  checkTimeoutMs,
  type Clock,
  createSeededRandom,
  type Random,
  type Transport,
} from "@coterie/interface";
import { type Address, EPHEMERAL_PORT_COUNT, EPHEMERAL_PORT_MIN, formatAddress, isHost } from "./address.ts";
import { Agenda } from "./agenda.ts";
import { End, type EndContext, type EndLimits } from "./end.ts";
import { Line, LINE_WHOLE, type LineConditions } from "./line.ts";
import { MemoryTransport, type OpenListener, type TransportContext } from "./memory-transport.ts";
import { Pipe } from "./pipe.ts";
import { createClockSchedule, createPromiseSchedule, type Schedule } from "./schedule.ts";

export interface MemoryNetworkOptions {
  /** Delivers in its turns and measures delays by it. Default: none; then promises deliver, and no line takes time. */
  readonly clock?: Clock;
  /** For jitter. Default: a seeded one, the same in each network. */
  readonly random?: Random;
  /** How long a dial waits for its answer, by the clock. Without a clock a cut line refuses at once. Default: 5000. */
  readonly dialTimeoutMs?: number;
  /**
   * How long `close` waits for an end that reads nothing. Measured by the clock; without one by the platform's timers
   * as they are when the network is made. Default: 5000.
   */
  readonly closeTimeoutMs?: number;
}

/**
 * A network that is an object. Two of them share nothing. Equal calls have equal effects, in the same order: what
 * happens depends on the calls, the clock and the random alone.
 */
export interface MemoryNetwork {
  /**
   * The network as `host` sees it; hosts need no other announcement. Addresses are `host:port`. It listens at its own
   * host only and dials every one. `host` is text without blanks and colons.
   */
  transport(host: string): Transport;

  /** Changes the way from one host to another, and not the way back. What is not named stays as it is. */
  setLine(from: string, to: string, conditions: Partial<LineConditions>): void;

  /** Cuts all lines between hosts of different groups, both ways, and mends those within a group. */
  partition(groups: readonly (readonly string[])[]): void;

  /** Makes all lines whole: no cut, no delay, no limit. Ends that went silent stay silent. */
  heal(): void;

  /** Closes all connections between the two hosts. Both ends are told, as far as the lines are whole. */
  reset(oneHost: string, otherHost: string): void;

  /**
   * Leaves all connections between the two hosts half-open: nothing arrives at either end any more, and neither is told.
   * New ones can be made.
   */
  silence(oneHost: string, otherHost: string): void;

  /**
   * As if the process at `host` had been killed. Its listeners are gone and its handlers hear nothing any more; the
   * other ends of its connections are told, as far as the lines are whole. The host may be used again at once.
   */
  crash(host: string): void;
}

const TIMEOUT_DEFAULT_MS = 5000;

/**
 * A network with no hosts yet and nothing wrong with it.
 *
 * @throws CoterieError BAD_ARGUMENTS if a limit in time is none.
 */
export function createMemoryNetwork(options: MemoryNetworkOptions = {}): MemoryNetwork {
  return new Network(options);
}

class Network implements MemoryNetwork, EndContext, TransportContext {
  readonly schedule: Schedule;
  readonly agenda: Agenda;
  readonly limits: EndLimits;
  readonly listeners: Map<string, OpenListener> = new Map();
  private readonly random: Random;
  /** Lines by the two hosts. */
  private readonly lines = new Map<string, Line>();
  private readonly ends = new Set<End>();
  /** By host, how many free ports were asked for. */
  private readonly portsTaken = new Map<string, number>();

  constructor(options: MemoryNetworkOptions) {
    const { clock, random, dialTimeoutMs = TIMEOUT_DEFAULT_MS, closeTimeoutMs = TIMEOUT_DEFAULT_MS } = options;
    checkTimeoutMs("dialTimeoutMs", dialTimeoutMs);
    checkTimeoutMs("closeTimeoutMs", closeTimeoutMs);
    this.schedule = clock === undefined ? createPromiseSchedule() : createClockSchedule(clock);
    this.agenda = new Agenda(this.schedule);
    this.random = random ?? createSeededRandom(1);
    this.limits = { dialTimeoutMs, closeTimeoutMs };
  }

  transport(host: string): Transport {
    assert(isHost(host), "a host is text without blanks and colons");
    return new MemoryTransport(this, host);
  }

  setLine(from: string, to: string, conditions: Partial<LineConditions>): void {
    this.line(from, to).change(conditions, this.schedule.clock !== null);
    this.wakeAll();
  }

  partition(groups: readonly (readonly string[])[]): void {
    const hosts = groups.flatMap((group, index) => group.map((host) => ({ host, index })));
    assert(new Set(hosts.map(({ host }) => host)).size === hosts.length, "a host stands in one group");
    for (const from of hosts) {
      for (const to of hosts) {
        this.line(from.host, to.host).change({ isCut: from.index !== to.index }, this.schedule.clock !== null);
      }
    }
    this.wakeAll();
  }

  heal(): void {
    for (const line of this.lines.values()) line.change(LINE_WHOLE, true);
    this.wakeAll();
  }

  reset(oneHost: string, otherHost: string): void {
    for (const end of this.between(oneHost, otherHost)) end.fail("CONNECTION_CLOSED", "the network reset it");
  }

  silence(oneHost: string, otherHost: string): void {
    for (const end of this.between(oneHost, otherHost)) end.goSilent();
  }

  crash(host: string): void {
    for (const address of this.listeners.keys()) {
      if (address.startsWith(`${host}:`)) this.listeners.delete(address);
    }
    for (const end of this.ends) {
      if (end.local.host === host) end.crash();
    }
  }

  freePort(host: string): number {
    for (let tried = 0; tried < EPHEMERAL_PORT_COUNT; tried++) {
      const taken = this.portsTaken.get(host) ?? 0;
      this.portsTaken.set(host, taken + 1);
      const port = EPHEMERAL_PORT_MIN + (taken % EPHEMERAL_PORT_COUNT);
      if (!this.listeners.has(formatAddress({ host, port }))) return port;
    }
    assert(false, "each port of the host has a listener");
  }

  createEnd(local: Address, remote: Address): End {
    const near = new End(this, local, remote);
    const far = new End(this, remote, local);
    const there = this.pipe(near, far);
    const back = this.pipe(far, near);
    near.connect(there, back);
    far.connect(back, there);
    this.ends.add(near);
    return near;
  }

  call(end: End): void {
    const { local, remote } = end;
    const isCut = [this.line(local.host, remote.host), this.line(remote.host, local.host)].some(
      (line) => line.conditions.isCut,
    );
    if (isCut && this.schedule.clock === null) end.fail("UNREACHABLE", "the line is cut");
    else end.call();
  }

  admit(end: End): boolean {
    const listener = this.listeners.get(formatAddress(end.local));
    if (listener === undefined) return false;
    this.ends.add(end);
    end.attach(listener.handler.accept(end), listener.options);
    end.answer();
    return true;
  }

  ended(end: End): void {
    this.ends.delete(end);
  }

  private pipe(sender: End, receiver: End): Pipe {
    const line = this.line(sender.local.host, receiver.local.host);
    return new Pipe(this.agenda, this.schedule, line, receiver, () => sender.handedOver());
  }

  private line(from: string, to: string): Line {
    const key = `${from} ${to}`;
    let line = this.lines.get(key);
    if (line === undefined) {
      line = new Line(this.random.fork(key));
      this.lines.set(key, line);
    }
    return line;
  }

  private between(oneHost: string, otherHost: string): End[] {
    const hosts = new Set([oneHost, otherHost]);
    return [...this.ends].filter(({ local, remote }) => {
      return hosts.has(local.host) && hosts.has(remote.host) && (local.host !== remote.host || hosts.size === 1);
    });
  }

  private wakeAll(): void {
    for (const end of this.ends) end.wake();
  }
}
