import { checkVoters } from "@coterie/consensus";
import type { PeerId, Zxid } from "@coterie/interface";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { configText, votersOfConfigText } from "../../src/engine/state/config-text.ts";

const VERSION = 0x100000001 as Zxid;

function voter(peer: number, address: string, weight = 1, group = 1) {
  return { peer: peer as PeerId, weight, group, address };
}

const addresses = fc.oneof(
  fc.constantFrom("", "10.0.0.1:2888", "[::1]:2888", "host:1", "/run/peer.sock", "peer-1:0", "a;b:1", "name"),
  fc.string({ unit: "grapheme-ascii", maxLength: 20 }).filter((text) => /^[ -~]*$/.test(text)),
);

describe("the text of /zookeeper/config", () => {
  it("is ZooKeeper's", () => {
    const voters = [voter(1, "10.0.0.1:2888"), voter(2, "[::1]:2889"), voter(3, "/run/three", 2, 4)];
    expect(configText({ voters }, VERSION).split("\n")).toEqual([
      "server.1=10.0.0.1:2888:2888:participant",
      "server.2=[::1]:2889:2889:participant",
      "server.3=peer-3:0:0:participant",
      "address.3=/run/three",
      "group.1=1:2",
      "group.4=3",
      "weight.3=2",
      "version=100000001",
    ]);
  });

  it("reads back as the voters that it tells", () => {
    const one = fc.tuple(
      fc.integer({ min: 1, max: 254 }),
      addresses,
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 3 }),
    );
    fc.assert(
      fc.property(fc.uniqueArray(one, { minLength: 1, maxLength: 5, selector: ([peer]) => peer }), (drawn) => {
        const voters = checkVoters(drawn.map(([peer, address, weight, group]) => voter(peer, address, weight, group)));
        expect(votersOfConfigText(configText({ voters }, VERSION))).toEqual(voters);
      }),
    );
  });

  it("tells an address that reads like none", () => {
    const voters = checkVoters([voter(1, "peer-1:0"), voter(2, "")]);
    expect(votersOfConfigText(configText({ voters }, VERSION))).toEqual(voters);
  });

  it("is refused if it is none", () => {
    expect(() => votersOfConfigText("version=1")).toThrow(expect.objectContaining({ code: "CHECKPOINT_CORRUPT" }));
  });
});
