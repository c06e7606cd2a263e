import {
  JuteReader,
  JuteWriter,
  peekXid,
  type ProbeAnswer,
  PROTOCOL_VERSION_COTERIE,
  readProbeAnswer,
  readReplyHeader,
  writeRequest,
  XID_PING,
  XID_PROBE,
} from "@coterie/protocol";
import { describe, expect, it } from "vitest";
import { LOOKING } from "../serving/fake-engine.ts";
import { create } from "../serving/serving-world.ts";
import { PortWorld, type RawClient } from "./port-world.ts";

const COTERIE = { protocolVersion: PROTOCOL_VERSION_COTERIE } as const;

function probe(world: PortWorld, client: RawClient): void {
  const writer = new JuteWriter();
  writeRequest(writer, { xid: XID_PROBE, body: { kind: "ping" } });
  client.connection!.send(writer.copy());
  world.settle();
}

/** The only frame that has come. */
function answerOf(client: RawClient): ProbeAnswer {
  const frames = client.frames.splice(0);
  expect(frames).toHaveLength(1);
  const reader = new JuteReader(frames[0]!);
  expect(readReplyHeader(reader)).toEqual({ xid: XID_PROBE, zxid: 0, err: 0 });
  const answer = readProbeAnswer(reader);
  expect(reader.remainingBytes).toBe(0);
  return answer;
}

describe("a probe", () => {
  it("is answered at once, in front of writes that wait and without a leader", async () => {
    const world = await new PortWorld().open();
    const client = world.connect(COTERIE);
    world.engine.holdsRequests = true;
    client.request(1, create("/a"));
    probe(world, client);
    expect(answerOf(client)).toEqual({ nextMs: 300, withinMs: 4_500 });
    world.engine.become(LOOKING);
    world.settle();
    client.frames.length = 0;
    probe(world, client);
    expect(answerOf(client)).toEqual({ nextMs: 300, withinMs: 4_500 });
  });

  it("is no sign of life: the session expires all the same", async () => {
    const world = await new PortWorld().open();
    const client = world.connect(COTERIE);
    const touchedBefore = world.engine.touched.length;
    probe(world, client);
    expect(world.engine.touched).toHaveLength(touchedBefore);
  });

  it("may come the less often the more connections there are", async () => {
    const world = await new PortWorld().open({ connectionsPerIpMax: 0 });
    const client = world.connect(COTERIE);
    for (let count = 1; count < 200; count++) world.dial();
    probe(world, client);
    expect(answerOf(client).nextMs).toBe(500);
  });

  it("is waited for no shorter than a busy process may take, however soon the ensemble gives a peer up", async () => {
    const world = await new PortWorld().open({ silenceMaxMs: 200 });
    const client = world.connect(COTERIE);
    probe(world, client);
    expect(answerOf(client).withinMs).toBe(450);
  });

  it("of another client is a ping like any other", async () => {
    const world = await new PortWorld().open();
    const client = world.connect();
    probe(world, client);
    expect(client.frames.map((frame) => peekXid(frame))).toEqual([XID_PING]);
  });
});
