import { type Hello, type Message, TIMING_DEDICATED } from "@coterie/consensus";
import { createSeededRandom, type PeerId } from "@coterie/interface";
import { createMemoryNetwork } from "@coterie/transport-memory";
import { expect, it } from "vitest";
import { ManualClock } from "../../../interface/test/manual-clock.ts";
import { SILENT_LOGGER } from "../../src/engine/silent-logger.ts";
import { hostOf } from "../../src/link/hosts.ts";
import { PeerLinks } from "../../src/link/peer-links.ts";
import { helloOf } from "../support.ts";

const ADDRESSES = new Map([1, 2].map((id) => [id as PeerId, `peer${id}:1`]));

/** What one end hears, in words. */
class End {
  readonly heard: string[] = [];
  readonly links: PeerLinks;
  last = 0;

  constructor(net: Net, id: number, options: { readonly queueMaxBytes?: number; readonly life?: number } = {}) {
    const hello: Hello = helloOf(id, { incarnation: options.life ?? id });
    this.links = new PeerLinks(
      {
        self: id as PeerId,
        addresses: ADDRESSES,
        observerHosts: [],
        listen: ADDRESSES.get(id as PeerId) ?? null,
        transport: net.network.transport(`peer${id}`),
        timing: TIMING_DEDICATED,
        clock: net.clock,
        random: createSeededRandom(id),
        logger: SILENT_LOGGER,
        queueMaxBytes: options.queueMaxBytes ?? 1_000_000,
        hello: () => hello,
      },
      {
        opened: (link, theirs) => {
          this.last = link;
          this.heard.push(`${link} opened by ${theirs.peer}`);
        },
        received: (link, message) => this.heard.push(`${link} ${message.kind}`),
        closed: (link) => this.heard.push(`${link} closed`),
        failed: (error) => this.heard.push(`failed: ${String(error)}`),
      },
    );
  }

  async listen(): Promise<this> {
    await this.links.listen();
    return this;
  }

  get error(): string | null {
    return this.links.records[0]!.lastError;
  }

  get isLinked(): boolean {
    return this.links.records[0]!.isLinked;
  }
}

class Net {
  readonly clock = new ManualClock();
  readonly network = createMemoryNetwork({ clock: this.clock });

  pass(ms: number): void {
    this.clock.settle();
    this.clock.advance(ms);
    this.clock.settle();
  }
}

const MESSAGE: Message = { kind: "not-leading" };

it("both ends dial, one link stays, and messages pass both ways", async () => {
  const net = new Net();
  const one = await new End(net, 1).listen();
  const two = await new End(net, 2).listen();
  for (const { links } of [one, two]) links.dial();
  net.pass(100);
  expect([one.isLinked, two.isLinked, one.error, two.error]).toEqual([true, true, null, null]);
  one.links.send([one.last], MESSAGE);
  two.links.send([two.last, 77], MESSAGE);
  net.pass(1);
  expect(one.heard.at(-1)).toBe(`${one.last} not-leading`);
  expect(two.heard.at(-1)).toBe(`${two.last} not-leading`);
});

it("a peer that is not there is dialled again, less and less often, and found when it comes", async () => {
  const net = new Net();
  const one = await new End(net, 1).listen();
  one.links.dial();
  net.pass(60_000);
  expect([one.isLinked, one.heard]).toEqual([false, []]);
  expect(one.error).not.toBeNull();
  const two = await new End(net, 2).listen();
  net.pass(2_001);
  expect([one.isLinked, two.isLinked, one.error]).toEqual([true, true, null]);
});

it("a link that has lasted is dialled again at once when it is lost, under another number", async () => {
  const net = new Net();
  const one = await new End(net, 1).listen();
  const two = await new End(net, 2).listen();
  one.links.dial();
  net.pass(5_000);
  net.network.reset("peer1", "peer2");
  net.pass(0);
  net.pass(0);
  expect(one.heard).toEqual(["1 opened by 2", "1 closed", "2 opened by 2"]);
  expect([one.isLinked, two.isLinked]).toEqual([true, true]);
});

it("a frame that is no message closes its link, with the reason, and a new one comes", async () => {
  const net = new Net();
  const one = await new End(net, 1).listen();
  const two = await new End(net, 2).listen();
  one.links.dial();
  net.pass(100);
  // What only a peer of another mind could send.
  two.links.send([two.last], { kind: "not-leading", extra: 1 } as unknown as Message);
  net.pass(1);
  expect(one.heard.at(-1)).toBe("1 not-leading");
  const bad = Uint8Array.of(255, 1, 2);
  sendRaw(two, bad);
  net.pass(1);
  expect(one.heard.at(-1)).toBe("1 closed");
  expect(one.error).toMatch(/255 is no kind of message/);
  net.pass(200);
  expect(one.heard.at(-1)).toBe("2 opened by 2");
});

it("a link whose other end does not take what is sent is closed at its limit", async () => {
  const net = new Net();
  const one = await new End(net, 1, { queueMaxBytes: 500 }).listen();
  await new End(net, 2).listen();
  one.links.dial();
  net.pass(100);
  net.network.partition([["peer1"], ["peer2"]]);
  for (let count = 0; count < 3; count++) one.links.send([one.last], MESSAGE);
  expect(one.isLinked).toBe(true);
  for (let count = 0; count < 20; count++) one.links.send([one.last], MESSAGE);
  net.pass(1);
  expect(one.heard.at(-1)).toBe("1 closed");
  expect(one.error).toBe("more than 500 bytes wait to be sent");
});

it("nothing is told behind stop and abort; the other end hears what was sent before stop, and the end", async () => {
  const net = new Net();
  const one = await new End(net, 1).listen();
  const two = await new End(net, 2).listen();
  one.links.dial();
  net.pass(100);
  one.links.send([one.last], MESSAGE);
  const stopped = one.links.stop();
  net.pass(10);
  await stopped;
  expect(one.heard).toEqual(["1 opened by 2"]);
  expect(two.heard).toEqual(["1 opened by 1", "1 not-leading", "1 closed"]);
  const again = await new End(net, 1, { life: 9 }).listen();
  again.links.dial();
  net.pass(100);
  const aborted = two.links.abort();
  net.pass(10);
  await aborted;
  expect(two.heard.slice(3)).toEqual(["2 opened by 1"]);
  expect(again.heard).toEqual(["1 opened by 2", "1 closed"]);
});

it.each([
  ["10.0.0.1:2888", "10.0.0.1"],
  ["peer.example:1", "peer.example"],
  ["[::1]:2888", "::1"],
  ["/run/peer.sock", null],
  ["", null],
])("the host of %s is %s", (address, host) => {
  expect(hostOf(address)).toBe(host);
});

/** Past the encoding of messages. */
function sendRaw({ links }: End, frame: Uint8Array): void {
  const { connections } = links as unknown as { readonly connections: Set<{ send(frame: Uint8Array): boolean }> };
  for (const connection of connections) connection.send(frame);
}
