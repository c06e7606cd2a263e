import type { Hello } from "@coterie/consensus";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ALIVE_WITHIN_MS, helloOf, type LinkLog, Peers } from "./support.ts";

/** Peer 2 in its second life. */
const ANEW: Partial<Hello> = { incarnation: 999 };

describe("two peers with one id (MB-03)", () => {
  it("are not let in together: the link that is up keeps its place if it brings a frame and stays open", async () => {
    const peers = new Peers();
    const logs = await peers.listen(helloOf(1));
    const first = peers.dial(helloOf(2), 1);
    const second = peers.dial(helloOf(2, ANEW), 1, {}, "elsewhere");
    first.link!.connection.send(Uint8Array.of(5));
    peers.pass(ALIVE_WITHIN_MS - 1);
    expect(second.heard).toEqual([]);
    peers.pass(1);
    expect(second.heard).toEqual(["PEER_ID_DUPLICATE"]);
    expect([logs[0]!.heard, logs[1]!.heard]).toEqual([["up 2 v1", 5], ["PEER_ID_DUPLICATE"]]);
  });

  it("are one after the other if the old link is silent", async () => {
    const peers = new Peers();
    const logs = await peers.listen(helloOf(1));
    peers.dial(helloOf(2), 1);
    peers.network.silence("host2", "server");
    const again = peers.dial(helloOf(2, ANEW), 1, {}, "elsewhere");
    peers.pass(ALIVE_WITHIN_MS);
    expect(again.heard).toEqual(["up 1 v1"]);
    expect([logs[0]!.heard, logs[1]!.heard]).toEqual([["up 2 v1", "CONNECTION_CLOSED"], ["up 2 v1"]]);
  });

  it("are one after the other if the old link brings what was under way, and then closes", async () => {
    const peers = new Peers();
    const logs = await peers.listen(helloOf(1));
    const first = peers.dial(helloOf(2), 1);
    logs[0]!.link!.connection.pause();
    first.link!.connection.send(Uint8Array.of(5));
    first.link!.connection.close();
    peers.clock.settle();
    const again = peers.dial(helloOf(2, ANEW), 1, {}, "elsewhere");
    expect(again.heard).toEqual([]);
    logs[0]!.link!.connection.resume();
    peers.clock.settle();
    expect([logs[0]!.heard, again.heard]).toEqual([["up 2 v1", 5, "CONNECTION_CLOSED"], ["up 1 v1"]]);
  });

  it("are judged one at a time, each with a time of its own", async () => {
    const peers = new Peers();
    await peers.listen(helloOf(1));
    peers.dial(helloOf(2), 1);
    peers.network.silence("host2", "server");
    const second = peers.dial(helloOf(2, { incarnation: 3 }), 1, {}, "elsewhere");
    peers.pass(ALIVE_WITHIN_MS - 1);
    const third = peers.dial(helloOf(2, { incarnation: 4 }), 1, {}, "third");
    peers.pass(1);
    expect([second.heard, third.heard]).toEqual([["up 1 v1"], []]);
    second.link!.connection.send(Uint8Array.of(5));
    peers.pass(ALIVE_WITHIN_MS);
    expect([second.heard, third.heard]).toEqual([["up 1 v1"], ["PEER_ID_DUPLICATE"]]);
  });

  it("are judged one at a time, also where no link was up before", async () => {
    const peers = new Peers();
    await peers.listen(helloOf(1));
    const dials = [3, 4].map((incarnation) =>
      peers.beginDial(helloOf(2, { incarnation }), 1, `host${incarnation}`, "server"),
    );
    peers.clock.settle();
    expect(dials.map(({ heard }) => heard)).toEqual([["up 1 v1"], []]);
    dials[0]!.link!.connection.send(Uint8Array.of(5));
    peers.pass(ALIVE_WITHIN_MS);
    expect(dials.map(({ heard }) => heard)).toEqual([["up 1 v1"], ["PEER_ID_DUPLICATE"]]);
  });

  it("do not wait for ever for one that does not finish its handshake", async () => {
    const peers = new Peers();
    const logs = await peers.listen(helloOf(1));
    const half = peers.beginDial(helloOf(2, { incarnation: 3 }), 1, "half", "server");
    // Its hello is under way when it stops hearing anything.
    peers.network.setLine("server", "half", { delayMs: 10 });
    peers.pass(10);
    peers.network.setLine("server", "half", { isCut: true });
    peers.clock.settle();
    const whole = peers.dial(helloOf(2, { incarnation: 4 }), 1, {}, "whole");
    expect([half.heard, whole.heard, logs.length]).toEqual([[], [], 2]);
    peers.pass(ALIVE_WITHIN_MS);
    expect([half.heard, whole.heard]).toEqual([[], ["up 1 v1"]]);
  });

  it("are not more than sixteen at once", async () => {
    const peers = new Peers();
    await peers.listen(helloOf(1));
    peers.dial(helloOf(2), 1);
    const dials = Array.from({ length: 17 }, (_, index) =>
      peers.dial(helloOf(2, { incarnation: 1000 + index }), 1, {}, `host-${index}`),
    );
    expect(dials.flatMap(({ heard }) => heard)).toEqual(["CONNECTION_CLOSED"]);
    expect(dials[16]!.heard).toEqual(["CONNECTION_CLOSED"]);
  });
});

describe("one link between the same lives of two peers (TR-05)", () => {
  it("is the later one of two that the same peer has dialled, at once", async () => {
    const peers = new Peers();
    const logs = await peers.listen(helloOf(1));
    const first = peers.dial(helloOf(2), 1);
    const second = peers.dial(helloOf(2), 1, {}, "elsewhere");
    expect(second.heard).toEqual(["up 1 v1"]);
    expect([first.heard, logs[0]!.heard]).toEqual([
      ["up 1 v1", "CONNECTION_CLOSED"],
      ["up 2 v1", "CONNECTION_CLOSED"],
    ]);
  });

  it("is not dialled twice at a time: the earlier dial is given up", async () => {
    const peers = new Peers();
    await peers.listen(helloOf(1));
    const dials = ["one", "other"].map((from) => peers.beginDial(helloOf(2), 1, from, "server"));
    peers.clock.settle();
    expect(dials.map(({ heard }) => heard)).toEqual([["CONNECTION_CLOSED"], ["up 1 v1"]]);
  });

  it("is the one that the lower id has dialled, also where the other one was up before and lives", async () => {
    const peers = new Peers();
    const [ones, twos] = [await peers.listen(helloOf(1)), await peers.listen(helloOf(2), {}, "host2")];
    const higher = peers.dial(helloOf(2), 1);
    const lower = peers.beginDial(helloOf(1), 2, "server", "host2");
    peers.clock.settle();
    expect([higher.heard, ones[0]!.heard]).toEqual([
      ["up 1 v1", "CONNECTION_CLOSED"],
      ["up 2 v1", "CONNECTION_CLOSED"],
    ]);
    expect([lower.heard, twos[0]!.heard]).toEqual([["up 2 v1"], ["up 1 v1"]]);
  });

  it("is not the one that the lower id has dialled if that is dead and only one end knows it", async () => {
    const peers = new Peers();
    const [ones, twos] = [await peers.listen(helloOf(1)), await peers.listen(helloOf(2), {}, "host2")];
    const lower = peers.beginDial(helloOf(1), 2, "server", "host2");
    peers.clock.settle();
    peers.network.silence("server", "host2");
    twos[0]!.link!.connection.abort();
    const higher = peers.dial(helloOf(2), 1);
    expect([lower.isUp, higher.heard]).toEqual([true, []]);
    peers.pass(ALIVE_WITHIN_MS);
    expect([lower.isUp, higher.heard, ones[0]!.isUp]).toEqual([false, ["up 1 v1"], true]);
  });

  it("is refused a second one by the higher id as long as the first one lives", async () => {
    const peers = new Peers();
    await peers.listen(helloOf(1));
    const twos = await peers.listen(helloOf(2), {}, "host2");
    const lower = peers.beginDial(helloOf(1), 2, "server", "host2");
    peers.clock.settle();
    const higher = peers.dial(helloOf(2), 1);
    twos[0]!.link!.connection.send(Uint8Array.of(5));
    peers.pass(ALIVE_WITHIN_MS);
    expect([lower.heard, higher.heard]).toEqual([["up 2 v1", 5], ["CONNECTION_CLOSED"]]);
  });
});

/** Of the links that each end believes to be up: whether what one sends arrives at the other, both ways. */
function areOne(peers: Peers, one: LinkLog, other: LinkLog): boolean {
  for (const { link } of [one, other]) link!.connection.send(Uint8Array.of(77));
  peers.pass(100);
  return [one, other].every(({ heard }) => heard.includes(77));
}

describe("dials that cross", () => {
  it("leave one link, the same at both ends, however they cross", async () => {
    const dial = fc.record({ peer: fc.constantFrom(1, 2), afterMs: fc.nat(40) });
    const line = fc.record({ delayMs: fc.nat(20), jitterMs: fc.nat(20) });
    await fc.assert(
      fc.asyncProperty(fc.array(dial, { minLength: 1, maxLength: 4 }), line, line, async (dials, there, back) => {
        const peers = new Peers();
        const hosts = ["server", "host2"] as const;
        peers.network.setLine(hosts[0], hosts[1], there);
        peers.network.setLine(hosts[1], hosts[0], back);
        const ones = await peers.listen(helloOf(1), {}, hosts[0]);
        const twos = await peers.listen(helloOf(2), {}, hosts[1]);
        for (const { peer, afterMs } of dials) {
          peers.pass(afterMs);
          const [from, to] = peer === 1 ? hosts : [hosts[1], hosts[0]];
          (peer === 1 ? ones : twos).push(peers.beginDial(helloOf(peer), 3 - peer, from, to));
        }
        // Less than a time limit: that would make up for dials that have killed each other.
        peers.pass(ALIVE_WITHIN_MS - 100);
        const [up1, up2] = [ones, twos].map((logs) => logs.filter(({ isUp }) => isUp));
        expect([up1!.length, up2!.length]).toEqual([1, 1]);
        expect(areOne(peers, up1![0]!, up2![0]!)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

it("a peer is forgotten when its links are closed: it comes in again without a doubt", async () => {
  const peers = new Peers();
  await peers.listen(helloOf(1));
  const first = peers.dial(helloOf(2), 1);
  first.link!.connection.abort();
  peers.clock.settle();
  expect(peers.dial(helloOf(2, ANEW), 1).heard).toEqual(["up 1 v1"]);
});
