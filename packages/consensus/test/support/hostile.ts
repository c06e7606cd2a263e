import {
  AssertionError,
  CoterieError,
  createZxid,
  type Epoch,
  type LogEntry,
  type LogPosition,
  type PeerId,
  type Zxid,
} from "@coterie/interface";
import {
  decodeMessage,
  encodeEnsembleConfig,
  encodeMessage,
  type Message,
  type Notification,
} from "../../src/index.ts";
import { CLUSTER_ID, entryAfter, FOUNDING_ZXID, historyOf, positionOf } from "./history.ts";
import type { LonePeer } from "./lone-peer.ts";

/** Numbers that decide: the next one, below `count`. The same tape, the same decisions. */
export class Tape {
  private readonly numbers: readonly number[];
  private next = 0;

  constructor(numbers: readonly number[]) {
    this.numbers = numbers;
  }

  get isAtEnd(): boolean {
    return this.next >= this.numbers.length;
  }

  below(count: number): number {
    const number = this.numbers[this.next] ?? 0;
    this.next += 1;
    return number % count;
  }

  pick<const T>(values: readonly [T, ...T[]]): T {
    return values[this.below(values.length)] ?? values[0];
  }
}

/** What a peer may say that has lost its mind, or means ill: small numbers, near to where `peer` is. Null: no frame. */
export function hostileMessage(tape: Tape, peer: LonePeer): Message | null {
  const isLearner = peer.role?.leader !== null && peer.role?.leader !== peer.id;
  const fitting = isLearner ? FROM_LEADER : peer.role?.state === "leading" ? FROM_LEARNER : ELECTION;
  const other = tape.pick([ELECTION, DISCOVERY, FROM_LEADER, FROM_LEARNER]);
  const message = tape.pick(tape.pick([fitting, fitting, fitting, other, DISCOVERY]))(new Words(tape, peer));
  try {
    return decodeMessage(encodeMessage(message));
  } catch (error) {
    // What the wire does not carry, nobody hears.
    if (error instanceof AssertionError || (error instanceof CoterieError && error.code === "FRAME_CORRUPT"))
      return null;
    throw error;
  }
}

class Words {
  readonly tape: Tape;
  readonly peer: LonePeer;

  constructor(tape: Tape, peer: LonePeer) {
    this.tape = tape;
    this.peer = peer;
  }

  /** Mostly the one in which the peer is. */
  get epoch(): Epoch {
    const { role, acceptedEpoch } = this.peer.zab.view();
    const { epoch } = role;
    const others = [acceptedEpoch, (acceptedEpoch + 1) as Epoch, this.number as Epoch] as const;
    return this.tape.pick([epoch, epoch, epoch, epoch, this.tape.pick(others)]);
  }

  get number(): number {
    return this.tape.below(5);
  }

  get zxid(): Zxid {
    const { lastZxid, committedZxid } = this.peer.zab.view();
    const near = (lastZxid + this.number) as Zxid;
    return this.tape.pick([lastZxid, committedZxid, near, createZxid(this.number, this.number), FOUNDING_ZXID]);
  }

  get position(): LogPosition {
    const known = this.tape.pick(this.entries);
    return this.tape.pick([positionOf(known), { ...positionOf(known), zxid: this.zxid }]);
  }

  /** What stands on the peer's disk, or what another peer may have there. */
  get entries(): readonly [LogEntry, ...LogEntry[]] {
    const other = historyOf(this.peer.voters, ["1.1", "1.2", "2.1", "3.1"]);
    const [first = other[0]!, ...rest] = this.tape.below(2) === 0 ? this.peer.log : other;
    return [first, ...rest];
  }

  /** A few entries that lead on from `after`, as the wire wants it. */
  after(after: LogPosition): LogEntry[] {
    const entries: LogEntry[] = [];
    let last = after;
    for (let count = 0; count <= this.tape.below(3); count++) {
      const jump = this.tape.pick([1, 1, 1, 2, 2 ** 32]);
      const entry = entryAfter(last, Math.max(1, last.zxid + jump) as Zxid, 0, Uint8Array.of(count));
      entries.push(entry);
      last = entry;
    }
    return entries;
  }

  get end(): LogPosition {
    const last = this.peer.log.at(-1);
    return this.tape.below(3) > 0 && last !== undefined ? positionOf(last) : this.position;
  }

  get payloads(): Uint8Array[] {
    return Array.from({ length: this.number }, (_, index) => Uint8Array.of(index));
  }

  get standing(): Notification["standing"] {
    return this.tape.pick(["sound", "sound", "amnesiac", "blank"]);
  }

  get clusterId(): string | null {
    return this.tape.pick([CLUSTER_ID, CLUSTER_ID, CLUSTER_ID, null]);
  }

  get credential(): Notification["credential"] {
    return { currentEpoch: this.epoch, lastZxid: this.zxid };
  }

  get id(): PeerId {
    return (1 + this.tape.below(5)) as PeerId;
  }

  get config(): Uint8Array {
    return encodeEnsembleConfig({ clusterId: CLUSTER_ID, voters: this.peer.voters });
  }
}

type Make = (words: Words) => Message;

const ELECTION: readonly [Make, ...Make[]] = [
  (words) => ({
    kind: "notification",
    state: words.tape.pick(["looking", "looking", "following", "leading", "leading", "observing"]),
    standing: words.standing,
    clusterId: words.clusterId,
    round: words.peer.zab.view().round + words.tape.below(3),
    vote: words.tape.pick([words.id, words.peer.id, null]),
    credential: words.credential,
    acceptedEpoch: words.epoch,
    fault: words.tape.pick([null, null, { after: words.zxid, upTo: words.zxid }]),
    epoch: words.epoch,
    isEstablished: words.tape.below(2) === 0,
    takesOver: words.tape.pick([0 as Epoch, words.epoch]),
  }),
  (words) => ({ kind: "founding-question", number: words.number, clusterId: CLUSTER_ID }),
  (words) => ({ kind: "founding-answer", number: words.number, isUntouched: words.tape.below(2) === 0 }),
  (words) => ({
    kind: "found",
    clusterId: CLUSTER_ID,
    entry: words.tape.pick([historyOf(words.peer.voters, [])[0]!, words.after(words.position)[0]!]),
  }),
  (words) => ({
    kind: "amnesia-notice",
    incarnation: words.tape.pick([words.peer.zab.hello().incarnation, 7]),
    acknowledged: words.zxid,
  }),
];

const DISCOVERY: readonly [Make, ...Make[]] = [
  (words) => ({
    kind: "follower-info",
    acceptedEpoch: words.epoch,
    credential: words.credential,
    standing: words.standing,
    round: words.number,
  }),
  () => ({ kind: "not-leading" }),
  (words) => ({ kind: "new-epoch", epoch: words.epoch }),
  (words) => ({
    kind: "ack-epoch",
    epoch: words.epoch,
    isPromise: words.tape.below(3) > 0,
    currentEpoch: words.epoch,
    last: words.position,
    base: words.position,
    committed: words.zxid,
    epochEnds: Array.from({ length: words.number }, () => words.position),
    faults: Array.from({ length: words.tape.below(2) }, () => ({ after: words.position, upTo: words.position })),
  }),
];

/** What a leader says. */
const FROM_LEADER: readonly [Make, ...Make[]] = [
  (words) => {
    const mark = { ...words.position, digest: "digest", pageCount: words.tape.below(3) };
    const kind = words.tape.pick(["incoming", "incoming", "covering"]);
    const isDiff = words.tape.below(2) === 0;
    return {
      kind: "sync",
      epoch: words.epoch,
      clusterId: CLUSTER_ID,
      config: words.config,
      mode: isDiff ? "diff" : "checkpoint",
      after: words.end,
      mark: isDiff ? null : { kind, ...mark },
    };
  },
  (words) => ({ kind: "checkpoint-pages", epoch: words.epoch, first: words.tape.below(2), pages: words.payloads }),
  (words) => {
    const after = words.position;
    return { kind: "repair", epoch: words.epoch, after, entries: words.after(after) };
  },
  (words) => {
    const after = words.end;
    return { kind: "propose", epoch: words.epoch, after, entries: words.after(after), committed: words.zxid };
  },
  (words) => ({ kind: "new-leader", epoch: words.epoch, last: words.zxid }),
  (words) => ({ kind: "up-to-date", epoch: words.epoch, committed: words.zxid }),
  (words) => ({ kind: "commit", epoch: words.epoch, zxid: words.zxid }),
  (words) => ({
    kind: "ping",
    epoch: words.epoch,
    round: words.number,
    committed: words.zxid,
    marks: [{ peer: words.id, incarnation: words.id * 1000, zxid: words.zxid }],
  }),
  (words) => ({ kind: "readmit", epoch: words.epoch }),
  (words) => ({ kind: "requests-refused", epoch: words.epoch, payloads: words.payloads }),
  (words) => ({ kind: "confirmed", epoch: words.epoch, number: words.number, zxid: words.zxid }),
  (words) => ({ kind: "take-over", epoch: words.epoch }),
];

/** What a learner says. */
const FROM_LEARNER: readonly [Make, ...Make[]] = [
  (words) => ({ kind: "pages-taken", epoch: words.epoch, count: words.number }),
  (words) => ({ kind: "ack-new-leader", epoch: words.epoch, last: words.zxid }),
  (words) => ({ kind: "ack", epoch: words.epoch, zxid: words.zxid }),
  (words) => ({ kind: "pong", epoch: words.epoch, round: words.peer.pingRound, touches: words.payloads }),
  (words) => ({ kind: "readmitted", epoch: words.epoch }),
  (words) => ({ kind: "requests", epoch: words.epoch, payloads: words.payloads }),
  (words) => ({
    kind: "confirm",
    epoch: words.epoch,
    number: words.number,
    target: words.tape.pick(["committed", "proposed"]),
  }),
];
