import { createSeededRandom, type MonotonicMs, type WallTimeMs } from "@coterie/interface";
import type { RequestBody } from "@coterie/protocol";
import type { ChannelReply, WatchedPaths } from "@coterie/session";
import { createMemoryNetwork, type MemoryNetwork } from "@coterie/transport-memory";
import { ManualClock } from "../../../interface/test/manual-clock.ts";
import { type ClientChannel, type ClientChannelOptions, createClientChannel } from "../../src/index.ts";
import { FakeServer } from "./fake-server.ts";

/** A clock that can jump ahead of its timers, as time does while a process stands still. */
class SkewedClock extends ManualClock {
  skewMs = 0;
  wallSkewMs = 0;

  override wallTimeMs(): WallTimeMs {
    return (super.wallTimeMs() + this.skewMs + this.wallSkewMs) as WallTimeMs;
  }

  override nowMs(): MonotonicMs {
    return (super.nowMs() + this.skewMs) as MonotonicMs;
  }
}

/** A channel, servers of scripted answers, and the network between them, in one clock's time. */
export class ChannelKit {
  readonly clock = new SkewedClock();
  readonly network: MemoryNetwork = createMemoryNetwork({ clock: this.clock });
  readonly servers = new Map<string, FakeServer>();
  readonly channel: ClientChannel;
  /** What the session was told, in words and in order. */
  told: string[] = [];
  replies: ChannelReply[] = [];
  watched: WatchedPaths = { persistent: [], recursive: [] };
  /** Whether a call of the channel is under way: nothing may be told then. */
  private isCalling = false;

  constructor(hosts: readonly string[], options: Partial<ClientChannelOptions> = {}) {
    for (const host of hosts) {
      const server = new FakeServer();
      this.servers.set(host, server);
      void server.listen(this.network.transport(host), `${host}:2181`);
    }
    this.clock.settle();
    this.channel = createClientChannel({
      transport: this.network.transport("client"),
      addresses: hosts.map((host) => `${host}:2181`),
      clock: this.clock,
      random: createSeededRandom(1),
      ...options,
    });
  }

  /** Opens the channel and lets everything happen that needs no time. */
  open(): this {
    this.call(() =>
      this.channel.open({
        stateChanged: (state, reason) => this.tell(reason === null ? state : `${state} ${reason.code}`),
        watchEvent: (event, zxid) => this.tell(`event ${event.path} ${zxid}`),
        watches: () => this.watched,
        watchesRenewed: () => this.tell("watches renewed"),
      }),
    );
    this.clock.settle();
    return this;
  }

  submit(name: string, body: RequestBody = { kind: "sync", path: name }): void {
    const settle = (reply: ChannelReply): void => {
      this.replies.push(reply);
      this.tell(`${name} ${reply.code ?? "ok"}`);
    };
    this.call(() => this.channel.submit({ body, settle }));
  }

  call(what: () => void): void {
    this.isCalling = true;
    what();
    this.isCalling = false;
  }

  /** What was told since the last time. */
  take(): string[] {
    const { told } = this;
    this.told = [];
    return told;
  }

  advance(ms: number): string[] {
    this.clock.settle();
    this.clock.advance(ms);
    return this.take();
  }

  /** Lets timers ring before anything that waits in the network is handed out: Node.js runs them first. */
  stallUntilAlarm(ms: number): string[] {
    this.clock.advance(ms);
    return this.take();
  }

  /** The server whose connection is up. */
  get server(): FakeServer {
    return this.servers.get(this.channel.server!.split(":")[0]!)!;
  }

  private tell(what: string): void {
    this.told.push(this.isCalling ? `${what} INSIDE A CALL` : what);
  }
}
