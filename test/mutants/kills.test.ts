import type { Epoch } from "@coterie/interface";
import { expect, it } from "vitest";
import { ack, ping, pong, sync } from "../../packages/consensus/test/support/messages.ts";
import { leading, promised } from "../../packages/consensus/test/support/roles.ts";

// What kills those mutants that neither a seed nor a rule of ZAB shows.

it("R7: a read is answered as of what was committed when the question came", () => {
  const { peer, epoch } = leading();
  peer.step({ kind: "propose", txns: [Uint8Array.of(1)] });
  peer.turn();
  peer.settle();
  peer.hear(2, ack(epoch, "1.1"));
  expect(peer.committed).toBe("1.1");
  peer.hear(2, { kind: "confirm", epoch: epoch as Epoch, number: 1, target: "committed" });
  peer.turn();
  peer.hear(2, pong(epoch, peer.pingRound));
  const answers = peer.effects.flatMap((effect) => (effect.kind === "send" ? [effect.message] : []));
  expect(answers).toEqual([{ kind: "confirmed", epoch, number: 1, zxid: 2 ** 32 + 1 }]);
});

it("a commit that comes before the log is cut says nothing of what is cut", () => {
  const log = { entries: ["1.1", "1.2", "1.3"], accepted: 1, current: 1, committed: "1.1" };
  const peer = promised({ epoch: 2, log });
  peer.hear(3, ping(2, 1, "2.1"));
  expect(peer.committed).toBe("1.1");
  expect(peer.hear(3, sync(2, peer.entry("1.2"), peer.voters))).toContain("store truncate after 1.2");
});
