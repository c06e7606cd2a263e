import type { Hello } from "@coterie/consensus";
import type { Connection, ConnectionHandler, CoterieError, PeerId } from "@coterie/interface";
import { createMemoryNetwork, type MemoryNetwork } from "@coterie/transport-memory";
import { ManualClock } from "../../interface/test/manual-clock.ts";
import { acceptLink, dialLink, type LinkHandler, type LinkOptions, LiveLinks, type PeerLink } from "../src/index.ts";

export const CONNECTION = { frameSizeMaxBytes: 1_000_000, sendQueueTargetBytes: 1_000_000 };
export const HANDSHAKE_TIMEOUT_MS = 1000;
export const ALIVE_WITHIN_MS = 500;

/** What one end's user hears: the other peer when the link is up, first bytes of frames, and the code in the end. */
export class LinkLog implements LinkHandler {
  readonly heard: (string | number)[] = [];
  link: PeerLink | null = null;
  message = "";
  isDown = false;

  get isUp(): boolean {
    return this.link !== null && !this.isDown;
  }

  up(link: PeerLink): void {
    this.link = link;
    this.heard.push(`up ${link.hello.peer} v${link.version}`);
  }

  received(frame: Uint8Array): void {
    this.heard.push(frame[0]!);
  }

  drained(): void {
    this.heard.push("drained");
  }

  down(reason: CoterieError): void {
    this.isDown = true;
    this.message = reason.message;
    this.heard.push(reason.code);
  }
}

export function helloOf(peer: number, hello: Partial<Hello> = {}): Hello {
  return { peer: peer as PeerId, clusterId: "cluster", incarnation: peer * 100, voterSetDigest: 7, ...hello };
}

/** Peers as hosts of one network, each with its own links that live. */
export class Peers {
  readonly clock = new ManualClock();
  readonly network: MemoryNetwork = createMemoryNetwork({ clock: this.clock });
  private readonly live = new Map<string, LiveLinks>();

  pass(ms: number): void {
    this.clock.settle();
    this.clock.advance(ms);
  }

  private optionsOf(own: Hello, expected: number | null, options: Partial<LinkOptions>): LinkOptions {
    const life = `${own.peer} ${own.incarnation}`;
    let live = this.live.get(life);
    if (live === undefined) this.live.set(life, (live = this.createLive()));
    const base = { live, clock: this.clock, mustProve: false, handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS };
    return { ...base, hello: () => own, expected: expected as PeerId | null, ...options };
  }

  private createLive(): LiveLinks {
    return new LiveLinks({ clock: this.clock, aliveWithinMs: ALIVE_WITHIN_MS });
  }

  /** A peer listens; each connection has its log. */
  async listen(own: Hello, options: Partial<LinkOptions> = {}, host = "server"): Promise<LinkLog[]> {
    const logs: LinkLog[] = [];
    const accept = (connection: Connection): ConnectionHandler => {
      const log = new LinkLog();
      logs.push(log);
      return acceptLink(connection, log, this.optionsOf(own, null, options));
    };
    await this.network.transport(host).listen(`${host}:1`, { accept, refused: () => undefined }, CONNECTION);
    return logs;
  }

  /** Peer 1 is dialled, from a host of the dialling peer. */
  dial(own: Hello, expected: number, options: Partial<LinkOptions> = {}, host = `host${own.peer}`): LinkLog {
    const log = this.beginDial(own, expected, host, "server", options);
    this.clock.settle();
    return log;
  }

  beginDial(own: Hello, expected: number, from: string, to: string, options: Partial<LinkOptions> = {}): LinkLog {
    const log = new LinkLog();
    const transport = this.network.transport(from);
    dialLink(transport, `${to}:1`, CONNECTION, log, this.optionsOf(own, expected, options));
    return log;
  }
}
