// Three peers, the links between them, and everything that can happen next. A state is a list of integers, an action
// one integer: most of what a step does was done in another state before, and is only looked up.
import { Broken, Numbered, PeerStates } from "./peer-states.mjs";
import { BLANK_DISK } from "./model-disk.mjs";

const PEERS = [1, 2, 3];
const PAIRS = [
  [1, 2],
  [1, 3],
  [2, 3],
];

/** Where in a state what stands. */
const PEER = 0; // three: the peer's state
const QUEUE = 3; // nine: what is on its way from one peer to another
const PAIR = 12; // three: twice how many links there have been, and one more if the last is up
const LEFT = 15; // five: what may still happen, as in BUDGETS
const GHOST = 20; // what was ever committed, and who led
export const STATE_LENGTH = 21;

/** What happens a bounded number of times. */
export const BUDGETS = /** @type {const} */ (["txns", "crashes", "restarts", "ticks", "reconnects"]);
const [TXNS, CRASHES, RESTARTS, TICKS, RECONNECTS] = [0, 1, 2, 3, 4].map((index) => LEFT + index);

/** An action is its kind, another peer or how a crash goes, and its peer, in four bits each. */
const [DELIVER, STORED, TICK, PROPOSE, CRASH, RESTART, RECONNECT] = [0, 1, 2, 3, 4, 5, 6];
const IS_STORED = 1;
const ARE_HEARD = 2;
const actionOf = (kind, other, peer) => (kind << 8) | (other << 4) | peer;
const kindOf = (action) => action >> 8;
const otherOf = (action) => (action >> 4) & 15;
const peerOf = (action) => action & 15;

const END = 0;
const STEPS_TO_ESTABLISH_MAX = 1000;
const NUMBERS_MAX = 2 ** 26;

const queueAt = (from, to) => QUEUE + (from - 1) * 3 + (to - 1);
const pairOf = (one, other) => one + other - 3;
const linkOf = (pair, begun) => 1 + pair + 3 * begun;

export class Model {
  constructor() {
    this.peers = new PeerStates();
    /** What a queue holds: the end of a link, or a message that came over it. */
    this.items = new Numbered();
    /** Each queue is its first item and the rest of it; number 0 is the empty queue. */
    this.queues = new Numbered();
    this.lengthened = new Map();
    this.ghosts = new Numbered();
    this.haunted = new Map();
    this.emptyGhost = this.ghostOf([], {});
  }

  /** Three blank peers that see each other. */
  blank(budgets) {
    const state = new Int32Array(STATE_LENGTH);
    for (const peer of PEERS) state[PEER + peer - 1] = this.peers.start(peer, BLANK_DISK);
    this.setBudgets(state, budgets);
    state[GHOST] = this.emptyGhost;
    for (const [one, other] of PAIRS) this.connect(state, one, other);
    return state;
  }

  /** Three peers of which one leads and all serve, and nothing is under way: what comes of blank ones in one way. */
  established(budgets) {
    const state = this.blank({ ticks: STEPS_TO_ESTABLISH_MAX });
    const actions = [];
    for (let steps = 0; steps < STEPS_TO_ESTABLISH_MAX; steps++) {
      this.listActions(state, actions);
      const isAtRest = actions.every((action) => kindOf(action) === TICK);
      if (isAtRest && PEERS.every((peer) => this.peerIn(state, peer).isServing)) {
        this.setBudgets(state, budgets);
        return state;
      }
      this.apply(state, actions.find((action) => kindOf(action) !== TICK) ?? actions[steps % actions.length]);
    }
    throw new Error("nobody came to lead");
  }

  setBudgets(state, budgets) {
    for (const [index, name] of BUDGETS.entries()) state[LEFT + index] = budgets[name] ?? 0;
  }

  peerIn(state, peer) {
    return this.peers.get(state[PEER + peer - 1]);
  }

  /** Fills `actions` with everything that can happen in this state. */
  listActions(state, actions) {
    actions.length = 0;
    for (let from = 1; from <= 3; from++) {
      for (let to = 1; to <= 3; to++) if (state[queueAt(from, to)] !== 0) actions.push(actionOf(DELIVER, from, to));
    }
    for (let peer = 1; peer <= 3; peer++) {
      const own = this.peerIn(state, peer);
      if (!own.isUp) {
        if (state[RESTARTS] > 0) actions.push(actionOf(RESTART, 0, peer));
        continue;
      }
      if (own.pending !== null) actions.push(actionOf(STORED, 0, peer));
      if (own.mayPropose && state[TXNS] > 0) actions.push(actionOf(PROPOSE, 0, peer));
      if (state[TICKS] > 0) actions.push(actionOf(TICK, 0, peer));
      if (state[CRASHES] > 0) this.listCrashes(state, peer, own, actions);
    }
    if (state[RECONNECTS] === 0) return;
    for (const [one, other] of PAIRS) {
      const isDown = state[PAIR + pairOf(one, other)] % 2 === 0;
      const areUp = this.peerIn(state, one).isUp && this.peerIn(state, other).isUp;
      if (isDown && areUp) actions.push(actionOf(RECONNECT, other, one));
    }
  }

  /** With the batch on its way to the disk there or lost, and with the frames on their way to others there or lost. */
  listCrashes(state, peer, own, actions) {
    const hasFrames = PEERS.some((other) => state[queueAt(peer, other)] !== 0);
    for (const stored of own.pending === null ? [0] : [0, IS_STORED]) {
      actions.push(actionOf(CRASH, stored | ARE_HEARD, peer));
      if (hasFrames) actions.push(actionOf(CRASH, stored, peer));
    }
  }

  /** Makes `state` the one after the action. @throws Broken if that must not be. */
  apply(state, action) {
    const peer = peerOf(action);
    switch (kindOf(action)) {
      case DELIVER:
        this.deliver(state, otherOf(action), peer);
        break;
      case STORED:
        this.turn(state, peer, "stored", STORED_INPUT);
        break;
      case TICK:
        state[TICKS] -= 1;
        this.turn(state, peer, "tick", TICK_INPUT);
        break;
      case PROPOSE:
        state[TXNS] -= 1;
        this.turn(state, peer, PROPOSE_KEYS[state[TXNS]], { kind: "propose", txns: [new Uint8Array([state[TXNS]])] });
        break;
      case CRASH:
        state[CRASHES] -= 1;
        this.crash(state, peer, otherOf(action));
        break;
      case RESTART:
        state[RESTARTS] -= 1;
        state[PEER + peer - 1] = this.peers.start(peer, this.peerIn(state, peer).disk);
        for (const other of PEERS)
          if (other !== peer && this.peerIn(state, other).isUp) this.connect(state, peer, other);
        break;
      case RECONNECT:
        state[RECONNECTS] -= 1;
        this.connect(state, peer, otherOf(action));
        break;
      default:
        throw new Error(`there is no action ${action}`);
    }
    this.checkQuorum(state);
  }

  deliver(state, from, to) {
    const { first, rest } = this.queues.values[state[queueAt(from, to)]];
    state[queueAt(from, to)] = rest;
    this.turn(state, to, first, this.items.values[first]);
  }

  crash(state, peer, how) {
    // What it would do next with its batch stored, nobody hears any more.
    const { disk } =
      (how & IS_STORED) === 0
        ? this.peerIn(state, peer)
        : this.peers.turn(state[PEER + peer - 1], "stored", STORED_INPUT);
    state[PEER + peer - 1] = this.peers.down(peer, disk);
    for (const other of PEERS) {
      if (other === peer) continue;
      state[queueAt(other, peer)] = 0;
      if ((how & ARE_HEARD) === 0) state[queueAt(peer, other)] = 0;
      const link = this.currentLink(state, peer, other);
      if (link === 0) continue;
      state[PAIR + pairOf(peer, other)] -= 1;
      this.enqueue(state, peer, other, this.itemOf(link, END));
    }
  }

  connect(state, one, other) {
    const pair = PAIR + pairOf(one, other);
    const link = linkOf(pair - PAIR, state[pair] >> 1);
    state[pair] = (state[pair] | 1) + 2;
    const [helloOfOne, helloOfOther] = [this.peerIn(state, one).hello, this.peerIn(state, other).hello];
    this.turn(state, one, keyOfOpened(link, helloOfOther), { kind: "link-opened", link, hello: helloOfOther });
    this.turn(state, other, keyOfOpened(link, helloOfOne), { kind: "link-opened", link, hello: helloOfOne });
  }

  turn(state, peer, inputKey, input) {
    const result = this.peers.turn(state[PEER + peer - 1], inputKey, input);
    if (result.problem !== null) throw new Broken(`peer ${peer}: ${result.problem}`);
    state[PEER + peer - 1] = result.next;
    for (const send of result.sends) {
      send.item ??= this.itemOf(send.link, send.message);
      const to = otherEnd(peer, send.link);
      // A link that is down already brings nothing across.
      if (this.currentLink(state, peer, to) === send.link) this.enqueue(state, peer, to, send.item);
    }
    for (const link of result.closes) this.close(state, peer, otherEnd(peer, link), link);
    state[GHOST] = this.haunt(state[GHOST], state[PEER + peer - 1]);
  }

  /** The link that is up between two peers; 0 if there is none. */
  currentLink(state, one, other) {
    const pair = pairOf(one, other);
    const value = state[PAIR + pair];
    return value % 2 === 1 ? linkOf(pair, (value - 3) >> 1) : 0;
  }

  /** One end closes the link: it hears no more of it, the other one when what was sent before has come. */
  close(state, peer, other, link) {
    if (this.currentLink(state, peer, other) !== link) return;
    state[PAIR + pairOf(peer, other)] -= 1;
    state[queueAt(other, peer)] = 0;
    this.enqueue(state, peer, other, this.itemOf(link, END));
  }

  itemOf(link, message) {
    return this.items.numberOf(`${link} ${message}`, () =>
      message === END
        ? { kind: "link-closed", link }
        : { kind: "message", link, message: this.peers.messages.values[message] },
    );
  }

  enqueue(state, from, to, item) {
    if (this.peerIn(state, to).isUp) state[queueAt(from, to)] = this.lengthen(state[queueAt(from, to)], item);
  }

  lengthen(queue, item) {
    const key = queue * NUMBERS_MAX + item;
    let longer = this.lengthened.get(key);
    if (longer === undefined) {
      const { first, rest } = queue === 0 ? { first: item, rest: 0 } : this.queues.values[queue];
      const tail = queue === 0 ? 0 : this.lengthen(rest, item);
      longer = this.queues.numberOf(first * NUMBERS_MAX + tail, () => ({ first, rest: tail }));
      this.lengthened.set(key, longer);
    }
    return longer;
  }

  ghostOf(committed, leaders) {
    return this.ghosts.numberOf(JSON.stringify([committed, leaders]), () => ({ committed, leaders }));
  }

  /** Compares what this peer has made of the world with what others have, and remembers both. */
  haunt(ghostNumber, peerNumber) {
    const key = ghostNumber * NUMBERS_MAX + peerNumber;
    let next = this.haunted.get(key);
    if (next === undefined) {
      next = this.compare(this.ghosts.values[ghostNumber], this.peers.get(peerNumber));
      this.haunted.set(key, next);
    }
    return next;
  }

  compare(ghost, { peer, committed, log, established }) {
    const [shorter, longer] =
      committed.length > ghost.committed.length ? [ghost.committed, committed] : [committed, ghost.committed];
    if (shorter.some((entry, index) => longer[index] !== entry))
      throw new Broken(`peer ${peer} has committed something else`);
    if (established === 0) return this.ghostOf(longer, ghost.leaders);
    const leader = ghost.leaders[established] ?? peer;
    if (leader !== peer) throw new Broken(`peers ${leader} and ${peer} are established in epoch ${established}`);
    if (longer.some((entry, index) => log[index] !== entry))
      throw new Broken(`peer ${peer} leads without all that is committed`);
    return this.ghostOf(longer, { ...ghost.leaders, [established]: peer });
  }

  /** What is committed stands on the disks of a quorum, whoever is down. */
  checkQuorum(state) {
    const { committed } = this.ghosts.values[state[GHOST]];
    const last = committed.length - 1;
    // The first entry is the same in every log, and needs no quorum.
    if (last < 1) return;
    let count = 0;
    for (let peer = 1; peer <= 3; peer++) if (this.peerIn(state, peer).synced[last] === committed[last]) count += 1;
    if (count < 2) throw new Broken(`what is committed stands on ${count} of three disks`);
  }

  /** The action in words. */
  describe(action, state) {
    const [kind, other, peer] = [kindOf(action), otherOf(action), peerOf(action)];
    if (kind === DELIVER) {
      const item = this.items.values[this.queues.values[state[queueAt(other, peer)]].first];
      return `${peer} hears ${other}: ${item.kind === "message" ? item.message.kind : "the end of the link"}`;
    }
    if (kind === RECONNECT) return `${peer} and ${other} connect again`;
    const stored = (other & IS_STORED) === 0 ? "" : ", its batch stored";
    if (kind === CRASH) return `${peer} crashes${stored}${(other & ARE_HEARD) === 0 ? ", its frames lost" : ""}`;
    return `${peer}: ${["", "stored", "tick", "propose", "", "restart"][kind]}`;
  }
}

const STORED_INPUT = Object.freeze({ kind: "stored" });
const TICK_INPUT = Object.freeze({ kind: "tick" });
const PROPOSE_KEYS = Array.from({ length: 10 }, (_, index) => `propose ${index}`);

function otherEnd(peer, link) {
  const [one, other] = PAIRS[(link - 1) % 3];
  return one === peer ? other : one;
}

function keyOfOpened(link, { peer, clusterId, incarnation }) {
  return `opened ${link} ${peer} ${clusterId} ${incarnation}`;
}
