import type { Listener, PeerId } from "@coterie/interface";
import { createTcpTransport, type TcpSecurity, type TcpTransport } from "@coterie/transport-tcp";
import { afterEach, expect, it } from "vitest";
import { credentialsOf } from "../../transport-tcp/test/credentials.ts";
import { HeldClock } from "../../transport-tcp/test/held-clock.ts";
import { acceptLink, dialLink, type LinkOptions, LiveLinks } from "../src/index.ts";
import { CONNECTION, helloOf, LinkLog } from "./support.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A peer that listens on this machine, with a log for each of its links. */
class Peer {
  readonly logs: LinkLog[] = [];
  private readonly transport: TcpTransport;
  private readonly options: Omit<LinkOptions, "expected">;
  private listener!: Listener;

  constructor(id: number, security: TcpSecurity, options: Partial<LinkOptions> = {}) {
    this.transport = createTcpTransport({ security });
    // Its time stands still: no limit may help.
    const clock = new HeldClock();
    const live = new LiveLinks({ clock, aliveWithinMs: 1 });
    const base = { hello: () => helloOf(id), mustProve: false, live, clock, handshakeTimeoutMs: 1 };
    this.options = { ...base, ...options };
  }

  get address(): string {
    return this.listener.address;
  }

  get linksUp(): LinkLog[] {
    return this.logs.filter(({ isUp }) => isUp);
  }

  async listen(): Promise<this> {
    this.listener = await this.transport.listen(
      "127.0.0.1:0",
      {
        accept: (connection) => {
          closers.push(() => connection.abort());
          return acceptLink(connection, this.log(), { ...this.options, expected: null });
        },
        refused: () => undefined,
      },
      CONNECTION,
    );
    closers.push(() => this.listener.close());
    return this;
  }

  dial(address: string, id: number): LinkLog {
    const log = this.log();
    const options = { ...this.options, expected: id as PeerId };
    const connection = dialLink(this.transport, address, CONNECTION, log, options);
    closers.push(() => connection.abort());
    return log;
  }

  private log(): LinkLog {
    const log = new LinkLog();
    this.logs.push(log);
    return log;
  }
}

async function until(isMet: () => boolean): Promise<void> {
  while (!isMet()) await new Promise((resolve) => setImmediate(resolve));
}

it("dials that cross leave one link, the same at both ends, time after time", async () => {
  for (let round = 0; round < 10; round++) {
    const peers = await Promise.all([1, 2].map((id) => new Peer(id, { kind: "none" }).listen()));
    const [one, two] = [peers[0]!, peers[1]!];
    one.dial(two.address, 2);
    two.dial(one.address, 1);
    // Two connections with two ends each: one of them goes.
    await until(() => peers.every(({ logs }) => logs.length === 2 && logs.some(({ isDown }) => isDown)));
    await until(() => peers.every(({ linksUp }) => linksUp.length === 1));
    for (const { linksUp } of peers) linksUp[0]!.link!.connection.send(Uint8Array.of(5));
    await until(() => peers.every(({ linksUp }) => linksUp[0]?.heard.includes(5) ?? true));
    expect(peers.map(({ linksUp }) => linksUp.map(({ heard }) => heard))).toEqual([[["up 2 v1", 5]], [["up 1 v1", 5]]]);
  }
});

it("who holds a certificate for another host than the peer's is refused, whichever end has dialled", async () => {
  const security: TcpSecurity = { kind: "certificate", credentials: credentialsOf("peer") };
  const hosts: Record<number, string[]> = { 1: ["localhost", "127.0.0.1"], 2: ["peer.example"], 3: ["elsewhere"] };
  const hostsOf = (peer: PeerId): string[] => hosts[peer]!;
  const peers = await Promise.all([1, 2, 3].map((id) => new Peer(id, security, { hostsOf, mustProve: true }).listen()));
  const [one, two, three] = [peers[0]!, peers[1]!, peers[2]!];
  const good = two.dial(one.address, 1);
  const bad = three.dial(one.address, 1);
  const alsoBad = one.dial(three.address, 3);
  await until(() => good.isUp && [bad, alsoBad].every(({ isDown }) => isDown));
  await until(() => one.logs.filter(({ isDown }) => isDown).length === 2);
  expect([good, bad, alsoBad].map(({ heard }) => heard)).toEqual([
    ["up 1 v1"],
    ["IDENTITY_REFUSED"],
    ["IDENTITY_REFUSED"],
  ]);
  expect(one.linksUp.map(({ heard }) => heard)).toEqual([["up 2 v1"]]);
});
