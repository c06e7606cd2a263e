// Three peers in memory: frames arrive in the order in which they were sent, and a store is done as soon as it is asked.
import { createZab, decodeMessage, encodeMessage, TIMING_DEDICATED, ZAB_LIMITS_DEFAULT } from "@coterie/consensus";
import { createSeededRandom } from "@coterie/interface";

const IDS = [1, 2, 3];
const VOTERS = IDS.map((peer) => ({ peer, weight: 1, group: 1 }));
const TURNS_MAX = 100;

export function createPeer(id) {
  const options = {
    self: id,
    voters: VOTERS,
    timing: TIMING_DEDICATED,
    limits: ZAB_LIMITS_DEFAULT,
    random: createSeededRandom(id),
  };
  return createZab(options, { log: { kind: "blank" }, applied: 0, config: null });
}

function coded(message) {
  const frame = encodeMessage(message);
  return () => decodeMessage(frame);
}

/** A peer, what waits for it, and what it sends to whom; links are numbered by the peer at their other end. */
class BenchPeer {
  constructor(ensemble, id) {
    this.ensemble = ensemble;
    this.id = id;
    this.zab = createPeer(id);
    this.inputs = [];
    this.history = null;
    this.delivered = 0;
    this.isServing = false;
  }

  drain() {
    const { inputs, history, zab } = this;
    for (let index = 0; index < inputs.length; index++) {
      history?.push(inputs[index]);
      const effects = zab.step(inputs[index]);
      for (const effect of effects) this.carryOut(effect);
    }
    inputs.length = 0;
  }

  carryOut(effect) {
    switch (effect.kind) {
      case "send": {
        const receive = this.ensemble.channel(effect.message);
        for (const link of effect.links) {
          this.ensemble.peers[link].inputs.push({ kind: "message", link: this.id, message: receive() });
        }
        return;
      }
      case "store":
        this.inputs.push({ kind: "stored" });
        return;
      case "deliver":
        this.delivered += effect.entries.length;
        this.inputs.push({ kind: "applied", zxid: effect.entries[effect.entries.length - 1].zxid });
        return;
      case "role":
        this.isServing = effect.role.isServing;
        return;
      default:
        throw new Error(`the bench does not expect the effect ${effect.kind}`);
    }
  }
}

export class BenchEnsemble {
  /** With `isCoded`, a message is encoded once, as for a real network, and decoded by each that it is sent to. */
  constructor({ isCoded = false, isRecorded = false } = {}) {
    this.channel = isCoded ? coded : (message) => () => message;
    this.peers = [null];
    for (const id of IDS) this.peers.push(new BenchPeer(this, id));
    if (isRecorded) for (const peer of this.each) peer.history = [];
    for (const peer of this.each) {
      for (const other of this.each) {
        if (other !== peer) peer.inputs.push({ kind: "link-opened", link: other.id, hello: other.zab.hello() });
      }
    }
    for (let turn = 0; !this.each.every((peer) => peer.isServing); turn++) {
      if (turn === TURNS_MAX) throw new Error("no leader was elected");
      for (const peer of this.each) peer.inputs.push({ kind: "tick" });
      this.turn();
    }
    this.leader = this.each.find((peer) => peer.zab.view().role.state === "leading");
    this.turn();
  }

  get each() {
    return this.peers.slice(1);
  }

  /** One turn of every peer's event loop: what has arrived, and its end. */
  turn() {
    for (let id = 1; id < this.peers.length; id++) {
      const peer = this.peers[id];
      if (peer.inputs.length === 0) continue;
      peer.inputs.push({ kind: "turn-ended" });
      peer.drain();
    }
  }

  /**
   * The next turn of every peer, the leader's last: it proposes the txns, and the frame with them tells what the acks
   * that have come in the same turn commit.
   */
  propose(txns) {
    this.leader.inputs.push({ kind: "propose", txns });
    this.turn();
  }

  settle() {
    while (this.each.some((peer) => peer.inputs.length > 0)) this.turn();
  }
}
