import { createSessionId, type Epoch, type PeerId, type Zxid } from "@coterie/interface";
import { describe, expect, it } from "vitest";
import { verifierOf } from "../../src/serving/password.ts";
import { LEADING, NEXT_LEADING } from "./fake-engine.ts";
import { ServingWorld, type TestClient } from "./serving-world.ts";

const PEER = 1 as PeerId;
const PASSWORD = new Uint8Array(16).fill(3);

/** A client comes with a session whose create this peer has not applied. */
function early(password: Uint8Array = PASSWORD): { readonly world: ServingWorld; readonly client: TestClient } {
  const world = new ServingWorld();
  world.engine.holdsConfirms = true;
  const zxid = (world.engine.machine.lastAppliedZxid + 1) as Zxid;
  const client = world.connect({ session: { id: createSessionId(PEER, zxid), password } });
  return { world, client };
}

function catchUp({ engine }: ServingWorld): void {
  engine.write({ kind: "createSession", peerId: PEER, timeoutMs: 10_000, verifier: verifierOf(PASSWORD) });
  engine.run();
}

function confirm({ engine }: ServingWorld): void {
  engine.holdsConfirms = false;
  engine.wake();
  engine.run();
}

describe("a client whose session is newer than what its peer has applied", () => {
  it("waits until the peer has caught up, and has its session", () => {
    const { world, client } = early();
    expect([client.told, world.engine.confirms.length]).toEqual([[], 1]);
    catchUp(world);
    expect(client.told).toEqual([]);
    confirm(world);
    expect(client.told).toEqual(["connected"]);
  });

  it("hears that it has expired if it is not there when the peer has caught up, or if the password is wrong", () => {
    const gone = early();
    confirm(gone.world);
    expect(gone.client.told).toEqual(["expired"]);
    const guess = early(new Uint8Array(16));
    catchUp(guess.world);
    confirm(guess.world);
    expect(guess.client.told).toEqual(["expired"]);
  });

  it("looks elsewhere if nobody can say how far the peer is", () => {
    const { world, client } = early();
    world.engine.refuseConfirms();
    world.engine.run();
    expect(client.told).toEqual(["abandoned"]);
  });

  it.each([
    ["the same leader", LEADING],
    ["another leader", NEXT_LEADING],
    [
      "another leader, who is followed",
      { ...NEXT_LEADING, epoch: 3 as Epoch, state: "following", leader: 2 as PeerId },
    ],
  ] as const)("waits for %s", (_, role) => {
    const { world, client } = early();
    world.engine.loseLeader();
    world.engine.run();
    catchUp(world);
    world.engine.become(role);
    confirm(world);
    expect(client.told).toEqual(["connected"]);
  });

  it("may go while it waits", () => {
    const { world, client } = early();
    world.act(() => client.served!.drop());
    catchUp(world);
    confirm(world);
    expect([client.told, world.serving.connectedCount, world.engine.requests]).toEqual([[], 0, []]);
  });
});
