import type { Epoch } from "@coterie/interface";
import fc from "fast-check";
import { expect, it } from "vitest";
import { encodeMessage } from "../src/index.ts";
import { hostileMessage, Tape } from "./support/hostile.ts";
import { LonePeer } from "./support/lone-peer.ts";
import { elected, following, leading, promised, reporting } from "./support/roles.ts";

// Peers that say anything at all, over links that are up: what the wire carries never makes a peer throw.

const LOG = { entries: ["1.1", "1.2"], accepted: 1, current: 1, committed: "1.1" };
const OTHERS = [2, 3, 4, 9] as const;

const ROLES: Readonly<Record<string, () => LonePeer>> = {
  blank: () => new LonePeer({ log: "blank" }),
  founded: () => new LonePeer(),
  looking: () => new LonePeer({ log: LOG }),
  reporting: () => reporting({ epoch: 2, log: LOG }),
  promised: () => promised({ epoch: 2, log: LOG }),
  faulty: () => promised({ epoch: 2, log: { ...LOG, faults: [["1.1", "1.2"]] } }),
  following: () => following({ epoch: 2, log: LOG }),
  observing: () => following({ epoch: 2, log: LOG, self: 9 }),
  elected: () => elected({ log: LOG }),
  leading: () => leading({ log: LOG }).peer,
};

/** One thing that happens. The shell does what it is to do, and stops the peer where it is told to: then false. */
function happen(tape: Tape, peer: LonePeer): boolean {
  const others = OTHERS.filter((id) => id !== peer.id);
  const anyone = others[tape.below(others.length)] ?? 2;
  // The leader is heard most.
  const leader = peer.role?.leader ?? peer.id;
  const other = leader !== peer.id && tape.below(4) > 0 ? leader : anyone;
  switch (tape.below(20)) {
    case 0:
      peer.tick();
      break;
    case 1:
      peer.turn();
      break;
    case 2:
      peer.open(anyone, { clusterId: tape.pick([null, "cluster"]), incarnation: anyone * 1000 + tape.below(2) });
      break;
    case 3:
      peer.close(anyone);
      break;
    case 4:
    case 5:
      peer.settle();
      break;
    case 6:
      work(tape, peer);
      break;
    case 7:
      answer(tape, peer);
      break;
    default: {
      const message = hostileMessage(tape, peer);
      if (message !== null) peer.hear(other, message);
    }
  }
  for (const effect of peer.effects) if (effect.kind === "send") encodeMessage(effect.message);
  return !peer.isStopped;
}

/** What the peer's own sessions want. */
function work(tape: Tape, peer: LonePeer): void {
  const payload = Uint8Array.of(tape.below(200));
  switch (tape.below(5)) {
    case 0:
      peer.step({ kind: "request", payload });
      break;
    case 1:
      peer.step({ kind: "touch", payload });
      break;
    case 2:
      peer.step({ kind: "confirm", id: 1, target: tape.pick(["committed", "proposed"]) });
      break;
    case 3:
      if (peer.zab.nextZxid() !== null) peer.step({ kind: "propose", txns: [payload] });
      break;
    default:
      peer.step({ kind: "hand-over", target: null });
  }
}

/** What the shell has been asked for about checkpoints. */
function answer(tape: Tape, peer: LonePeer): void {
  if (peer.pagesUnderWay > 0) {
    peer.pagesUnderWay -= 1;
    peer.step({ kind: "pages-added" });
  }
  const { restoring, transfer } = peer;
  if (restoring !== null) {
    peer.restoring = null;
    peer.step({ kind: "applied", zxid: restoring });
  }
  if (transfer === 0) return;
  const [at] = peer.log;
  const sizes = { digest: "digest", pageCount: tape.below(3), baseSizeBytes: 9, deltasSizeBytes: 0 };
  const checkpoint = at === undefined ? null : tape.pick([null, { zxid: at.zxid, chainHash: at.chainHash, ...sizes }]);
  if (tape.below(2) === 0) peer.step({ kind: "checkpoint-opened", transfer, checkpoint });
  else peer.step({ kind: "pages-read", transfer, pages: tape.pick([null, [], [Uint8Array.of(1)]]) });
}

function check(peer: LonePeer): void {
  const { committedZxid, deliveredZxid, appliedZxid, lastZxid, acceptedEpoch, currentEpoch } = peer.zab.view();
  expect(committedZxid).toBeLessThanOrEqual(lastZxid);
  expect(deliveredZxid).toBeLessThanOrEqual(committedZxid);
  expect(appliedZxid).toBeLessThanOrEqual(deliveredZxid);
  expect(currentEpoch).toBeLessThanOrEqual(acceptedEpoch satisfies Epoch);
}

it.each(Object.keys(ROLES))(
  "whatever others say to a peer that is %s, it never throws, and its marks stay in order",
  (name) => {
    const tapes = fc.array(fc.nat({ max: 0xffff }), { minLength: 40, maxLength: 600, size: "max" });
    fc.assert(
      fc.property(tapes, (numbers) => {
        const tape = new Tape(numbers);
        const peer = ROLES[name]!();
        for (const id of OTHERS) if (id !== peer.id && peer.linkOf(id) === 0) peer.open(id);
        while (!tape.isAtEnd && happen(tape, peer)) check(peer);
      }),
      { numRuns: 60, seed: 1 },
    );
  },
);
