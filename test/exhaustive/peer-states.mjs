// Every state that one peer can be in, each once, and what each input does to it: a turn that was made once is looked up.
import { createHash } from "node:crypto";
import { assert, createSeededRandom } from "../../packages/interface/dist/index.js";
import { TIMING_DEDICATED, ZAB_LIMITS_DEFAULT } from "../../packages/consensus/dist/index.js";
import { Context } from "../../packages/consensus/dist/context.js";
import { driveContext } from "../../packages/consensus/dist/create-zab.js";
import { changeRole } from "../../packages/consensus/dist/role-change.js";
import { copyContext, describe } from "./context-copy.mjs";
import { lastOf, read, recover, write } from "./model-disk.mjs";

/** Contexts kept in memory: others are made again by the turns that led to them. */
const CONTEXTS_MAX = 100_000;

const VOTERS = [1, 2, 3].map((peer) => ({ peer, weight: 1, group: 1 }));
/** A tick is everything that can run out. */
const TIMING = {
  ...TIMING_DEDICATED,
  heartbeatTicks: 1,
  syncTicks: 1,
  initTicks: 1,
  finalizeTicks: 1,
  electionTicks: 1,
  electionMaxTicks: 2,
  storeTicks: 1,
};

/** Something that must never be was. */
export class Broken extends Error {}

/** Gives equal things one number, and keeps them by it. Numbers begin with 1. */
export class Numbered {
  constructor() {
    this.numbers = new Map();
    this.values = [null];
  }

  numberOf(key, make) {
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = this.values.length;
      this.numbers.set(key, number);
      this.values.push(make(number));
    }
    return number;
  }
}

/** A peer that is up: its consensus, its disk, the batch on its way there. Or one that is down: its disk. */
export class PeerStates {
  constructor() {
    this.states = new Numbered();
    this.messages = new Numbered();
    this.messageNumbers = new WeakMap();
    this.entries = new Numbered();
    this.downStates = new WeakMap();
    this.started = new WeakMap();
    this.turnsMade = 0;
    this.kept = [];
  }

  get(number) {
    return this.states.values[number];
  }

  messageNumber(message) {
    let number = this.messageNumbers.get(message);
    if (number === undefined) {
      number = this.messages.numberOf(describe(message), () => message);
      this.messageNumbers.set(message, number);
    }
    return number;
  }

  entryNumber({ zxid, chainHash }) {
    return this.entries.numberOf(`${zxid} ${chainHash}`, () => ({ zxid, chainHash }));
  }

  down(peer, disk) {
    const known = this.downStates.get(disk)?.[peer];
    if (known !== undefined) return known;
    const number = this.states.numberOf(keyOf(`down ${peer}`, disk, null), () => ({
      ...this.factsOfDisk(peer, disk),
      disk,
      isUp: false,
      committed: [],
      log: [],
      established: 0,
    }));
    this.downStates.set(disk, { ...this.downStates.get(disk), [peer]: number });
    return number;
  }

  start(peer, disk) {
    const known = this.started.get(disk)?.[peer];
    if (known !== undefined) return known;
    const number = this.intern(contextOf(optionsOf(peer), recover(disk)), { peer, disk, pending: null }, null, null);
    this.started.set(disk, { ...this.started.get(disk), [peer]: number });
    return number;
  }

  intern(context, { peer, disk, pending }, parent, input) {
    const key = keyOf(describe(context), disk, pending);
    return this.states.numberOf(key, (number) => {
      this.keep(number);
      const facts = this.factsOf(peer, context, disk);
      return { ...facts, number, disk, pending, isUp: true, context, parent, input, turns: new Map() };
    });
  }

  keep(number) {
    this.kept.push(number);
    if (this.kept.length < 2 * CONTEXTS_MAX) return;
    for (const old of this.kept.splice(0, CONTEXTS_MAX)) {
      const state = this.get(old);
      if (state.parent !== null) state.context = null;
    }
  }

  /** The turn of a peer in which this input comes in. `inputKey` names it among all. */
  turn(number, inputKey, input) {
    const state = this.get(number);
    let result = state.turns.get(inputKey);
    if (result === undefined) {
      this.turnsMade += 1;
      const { context, outcome } = this.make(state, input);
      result = outcome;
      if (result.problem === null) {
        result.next = this.intern(
          context,
          { peer: state.peer, disk: result.disk, pending: result.pending },
          number,
          input,
        );
      }
      state.turns.set(inputKey, result);
    }
    return result;
  }

  contextOf(state) {
    if (state.context === null) {
      state.context = this.make(this.get(state.parent), state.input).context;
      this.keep(state.number);
    }
    return state.context;
  }

  make(state, input) {
    const context = copyContext(this.contextOf(state));
    const outcome = { next: 0, disk: state.disk, pending: state.pending, sends: [], closes: [], problem: null };
    try {
      this.runTurn(context, input, outcome);
    } catch (error) {
      outcome.problem = `${error.name}: ${error.message}`;
    }
    return { context, outcome };
  }

  runTurn(context, input, outcome) {
    const zab = driveContext(context);
    if (input.kind === "stored") {
      outcome.disk = write(outcome.disk, outcome.pending);
      outcome.pending = null;
    }
    const inputs = [input];
    let hasEnded = false;
    while (inputs.length > 0 || !hasEnded) {
      const next = inputs.shift() ?? { kind: "turn-ended" };
      if (next.kind === "turn-ended") hasEnded = true;
      for (const effect of zab.step(next)) this.carryOut(effect, outcome, inputs);
    }
  }

  carryOut(effect, outcome, inputs) {
    switch (effect.kind) {
      case "send":
        checkClaims(effect.message, outcome.disk);
        for (const link of effect.links) outcome.sends.push({ link, message: this.messageNumber(effect.message) });
        return;
      case "store":
        assert(outcome.pending === null, "one batch is under way at a time");
        outcome.pending = effect.batch;
        return;
      case "deliver":
        for (const entry of effect.entries) checkSynced(entry, outcome.disk);
        inputs.push({ kind: "applied", zxid: effect.entries.at(-1).zxid });
        return;
      case "read-log":
        inputs.push({ kind: "log-read", reading: effect.reading, result: read(outcome.disk, effect.range) });
        return;
      case "close-link":
        outcome.closes.push(effect.link);
        return;
      case "stop":
        throw new Broken(`the peer stops: ${effect.code}, ${effect.details}`);
      case "role":
      case "report":
      case "refused":
        return;
      default:
        throw new Broken(`the effect ${effect.kind} is not expected here`);
    }
  }

  factsOfDisk(peer, disk) {
    const isSound = disk.hardState !== null && !disk.hardState.isAmnesiac;
    return { peer, synced: isSound ? disk.entries.map((entry) => this.entryNumber(entry)) : [] };
  }

  factsOf(peer, context, disk) {
    const { role, history } = context;
    const older = disk.entries.filter((entry) => entry.zxid <= history.windowAfter.zxid);
    const log = [...older, ...history.window.slice(history.windowHead)];
    const numbers = log.map((entry) => this.entryNumber(entry));
    const zab = driveContext(context);
    return {
      ...this.factsOfDisk(peer, disk),
      log: numbers,
      committed: numbers.filter((_, index) => log[index].zxid <= history.committed),
      established: role.kind === "leading" && role.phase === "broadcast" ? role.epoch : 0,
      mayPropose: zab.nextZxid() !== null,
      isServing: zab.view().role.isServing,
      hello: zab.hello(),
    };
  }
}

function optionsOf(peer) {
  const random = createSeededRandom(peer);
  return { self: peer, voters: VOTERS, timing: TIMING, limits: ZAB_LIMITS_DEFAULT, random };
}

/** As `createZab` begins. */
function contextOf(options, recovery) {
  const context = new Context(options, recovery);
  context.lookAgain();
  changeRole(context);
  return context;
}

function keyOf(text, disk, pending) {
  return createHash("md5").update(text).update(describe(disk)).update(describe(pending)).digest("latin1");
}

/** R1: nothing is said before it is synced. */
function checkClaims(message, disk) {
  const last = lastOf(disk).zxid;
  const { acceptedEpoch = 0, currentEpoch = 0 } = disk.hardState ?? {};
  const isTrue = () => {
    switch (message.kind) {
      case "ack":
        return message.zxid <= last;
      case "ack-epoch":
        return message.epoch <= acceptedEpoch && message.currentEpoch <= currentEpoch && message.last.zxid <= last;
      case "ack-new-leader":
        return message.epoch <= currentEpoch && message.last <= last;
      case "new-epoch":
        return message.epoch <= acceptedEpoch;
      case "notification":
      case "follower-info":
        return (
          message.acceptedEpoch <= acceptedEpoch &&
          message.credential.currentEpoch <= currentEpoch &&
          message.credential.lastZxid <= last
        );
      default:
        return true;
    }
  };
  if (!isTrue()) throw new Broken(`${message.kind} says what is not on disk`);
}

function checkSynced(entry, disk) {
  const isThere = disk.entries.some(({ zxid, chainHash }) => zxid === entry.zxid && chainHash === entry.chainHash);
  if (!isThere) throw new Broken(`the entry at zxid ${entry.zxid} is applied before it is synced`);
}
