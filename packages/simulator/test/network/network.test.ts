import type { Hello, Message } from "@coterie/consensus";
import { createSeededRandom, type PeerId } from "@coterie/interface";
import { describe, expect, it } from "vitest";
import { Network } from "../../src/network/network.ts";
import type { NetworkPeer } from "../../src/network/wire.ts";
import { Dice } from "../../src/world/dice.ts";
import { EventQueue } from "../../src/world/event-queue.ts";
import { drawOptions, type NetworkOptions } from "../../src/world/options.ts";

const CALM: NetworkOptions = {
  ...drawOptions(1).network,
  delayMinUs: 10,
  delayMaxUs: 100,
  spikesPerMillion: 0,
  lossPerMillion: 0,
  ghostPercent: 0,
  codecPercent: 0,
  framesInFlightMax: 1000,
};

class Endpoint implements NetworkPeer {
  readonly id: PeerId;
  life = 1;
  isUp = true;
  readonly stalledUntilUs = 0;
  readonly open: number[] = [];
  readonly closed: number[] = [];
  readonly heard: { link: number; message: Message }[] = [];

  constructor(id: number) {
    this.id = id as PeerId;
  }

  hello(): Hello {
    return { peer: this.id, clusterId: null, incarnation: this.life, voterSetDigest: 0 };
  }

  linkOpened(link: number): void {
    this.open.push(link);
  }

  linkClosed(link: number): void {
    this.closed.push(link);
  }

  messageReceived(link: number, message: Message): void {
    this.heard.push({ link, message });
  }
}

function meet(options: Partial<NetworkOptions> = {}) {
  const disturbedUntilUs: number[] = [];
  const host = {
    nowUs: 0,
    queue: new EventQueue(),
    disturbed: (untilUs: number) => void disturbedUntilUs.push(untilUs),
  };
  const network = new Network(host, { ...CALM, ...options }, new Dice(createSeededRandom(7)));
  const [one, two] = [new Endpoint(1), new Endpoint(2)];
  for (const peer of [one, two]) network.addPeer(peer, () => true);
  const run = (forUs: number): void => {
    const untilUs = host.nowUs + forUs;
    for (let event = host.queue.pop(); event !== undefined; event = host.queue.pop()) {
      if (event.atUs > untilUs) {
        host.queue.push(event.atUs, event.target, event.kind, event.subject, event.detail);
        break;
      }
      host.nowUs = event.atUs;
      event.target.handle(event);
    }
    host.nowUs = untilUs;
  };
  for (const peer of [one, two]) network.peerStarted(peer);
  run(2000);
  return { network, one, two, run, disturbedUntilUs };
}

const commit = (zxid: number): Message => ({ kind: "commit", epoch: 1, zxid }) as unknown as Message;
const zxids = (peer: Endpoint): number[] => peer.heard.map(({ message }) => (message as { zxid: number }).zxid);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe("the simulated network", () => {
  it("gives two peers one link, with a number of its own at each end", () => {
    const { one, two } = meet();
    expect(one.open).toHaveLength(1);
    expect(two.open).toHaveLength(1);
    expect(one.open[0]).not.toBe(two.open[0]);
  });

  it("brings all frames in order", () => {
    const { network, one, two, run, disturbedUntilUs } = meet();
    for (const zxid of upTo(50)) expect(network.send(one.open[0]!, commit(zxid))).toBe(true);
    run(1000);
    expect(zxids(two)).toEqual(upTo(50));
    expect(disturbedUntilUs).toEqual([]);
  });

  it("says what is disturbed, and until when: frames that are held up, links that are closed", () => {
    const late = meet({ spikesPerMillion: 1_000_000, spikeMaxUs: 700 });
    const before = late.disturbedUntilUs.length;
    late.network.send(late.one.open[0]!, commit(1));
    expect(late.disturbedUntilUs.length).toBe(before + 1);
    expect(late.disturbedUntilUs.at(-1)).toBeGreaterThan(2000);
    const closed = meet();
    closed.network.close(closed.one.open[0]!);
    expect(closed.disturbedUntilUs).toEqual([2000]);
  });

  it("brings a prefix when a frame is lost, closes both ends and connects anew", () => {
    const { network, one, two, run, disturbedUntilUs } = meet({ lossPerMillion: 50_000, silentPercent: 0 });
    for (const zxid of upTo(100)) network.send(one.open[0]!, commit(zxid));
    run(20_000);
    const heard = zxids(two);
    expect(heard).toEqual(upTo(heard.length));
    expect(heard.length).toBeLessThan(100);
    expect(disturbedUntilUs.length).toBeGreaterThan(0);
    expect(two.closed.length).toBeGreaterThan(0);
    expect(two.open.length).toBeGreaterThan(1);
  });

  it("holds what goes a way that is cut, one way only", () => {
    const { network, one, two, run } = meet();
    network.cut(one.id, two.id);
    network.send(one.open[0]!, commit(1));
    network.send(two.open[0]!, commit(2));
    run(1000);
    expect(zxids(two)).toEqual([]);
    expect(zxids(one)).toEqual([2]);
    network.heal(one.id, two.id);
    run(20_000);
    expect(zxids(two).length === 1 || two.open.length === 2).toBe(true);
  });

  it("tells nobody of a link that is reset silently, and lets nothing through it", () => {
    const { network, one, two, run, disturbedUntilUs } = meet();
    network.reset(one.id, two.id, true);
    expect(disturbedUntilUs).toEqual([2000]);
    network.send(two.open[0]!, commit(1));
    run(20_000);
    expect(zxids(one)).toEqual([]);
    expect([one.closed, two.closed]).toEqual([[], []]);
  });

  it("brings late frames of a dead link under its old number", () => {
    const { network, one, two, run } = meet({ ghostPercent: 100 });
    network.send(one.open[0]!, commit(1));
    run(1000);
    network.reset(one.id, two.id, false);
    run(50_000);
    expect(two.open.length).toBeGreaterThan(1);
    expect(two.heard.map(({ link }) => link)).toEqual([two.open[0], two.open[0]]);
  });
});
