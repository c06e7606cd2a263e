import { createSeededRandom } from "@coterie/interface";
import {
  TIMING_DEDICATED,
  TIMING_EMBEDDED,
  ZAB_LIMITS_DEFAULT,
  type ZabLimits,
  type ZabTiming,
} from "@coterie/consensus";
import { Dice } from "./dice.ts";
import { FAULT_KINDS, type FaultKind } from "./fault-kinds.ts";

/** Everything that a run is made of. It follows from the seed; any number of it may be overridden. */
export interface SimOptions {
  readonly seed: number;
  readonly voters: number;
  readonly observers: number;
  readonly clients: number;
  /** Handled events of the safety phase. */
  readonly steps: number;
  readonly limits: ZabLimits;
  readonly timing: ZabTiming;
  readonly network: NetworkOptions;
  readonly disk: DiskOptions;
  readonly peer: PeerOptions;
  readonly workload: WorkloadOptions;
  /** From one fault to the next, on average. */
  readonly faultIntervalUs: number;
  /** How long a fault lasts, on average. */
  readonly faultDurationUs: number;
  /** How likely each kind is among the others; 0 switches it off. */
  readonly faults: Readonly<Record<FaultKind, number>>;
  /** Strikes of the nemesis, by their number from 1 on, that are left out; nothing is drawn here, it is for the shrinker. */
  readonly skip: Readonly<Record<string, number>>;
}

export interface NetworkOptions {
  readonly delayMinUs: number;
  readonly delayMaxUs: number;
  /** Of a million frames, how many are held up, and for how long at most. */
  readonly spikesPerMillion: number;
  readonly spikeMaxUs: number;
  /** Of a million frames, how many are lost, and their connection with them. */
  readonly lossPerMillion: number;
  /** Percentage of lost connections of which neither end is told. */
  readonly silentPercent: number;
  /** Percentage of ended links of which frames still come in afterwards. */
  readonly ghostPercent: number;
  /** Percentage of frames that go through the real codec. */
  readonly codecPercent: number;
  /** Frames on their way, or held, in one direction: more end the connection. */
  readonly framesInFlightMax: number;
}

export interface DiskOptions {
  readonly syncMinUs: number;
  readonly syncMaxUs: number;
  readonly readMaxUs: number;
  /** How far the sidecar's watermark may lag. */
  readonly watermarkMaxUs: number;
}

export interface PeerOptions {
  /** From the first input of a turn to the turn. */
  readonly turnMaxUs: number;
  /** Percentage of deliveries that are applied only some time later. */
  readonly slowApplyPercent: number;
  readonly startMaxUs: number;
  /** From one own checkpoint to the next, on average; 0 for none. */
  readonly checkpointIntervalUs: number;
  /** Entries kept when the log is purged, at most. */
  readonly purgeSlackMax: number;
  /** Percentage of turns that take the tick before what has come in; after a stall it is half of them. */
  readonly tickFirstPercent: number;
}

export interface WorkloadOptions {
  readonly thinkMaxUs: number;
  readonly pipelineMax: number;
  readonly registers: number;
  readonly valueMaxBytes: number;
  readonly sessionTimeoutTicks: number;
  readonly clientDelayMaxUs: number;
  /** Shares of the kinds of operations. */
  readonly mix: Readonly<Record<WorkloadKind, number>>;
}

export const WORKLOAD_KINDS = [
  "set",
  "compare-and-set",
  "counter",
  "get",
  "linearizable-get",
  "watch",
  "children",
  "sequence",
  "ephemeral",
  "delete",
  "multi",
  "sync",
  "close",
] as const;

export type WorkloadKind = (typeof WORKLOAD_KINDS)[number];

/** Overrides by the path of a number: `steps`, `faults.crash`, `limits.proposalsInFlightMax`. */
export type Overrides = Readonly<Record<string, number>>;

export function drawOptions(seed: number, overrides: Overrides = {}): SimOptions {
  const dice = new Dice(createSeededRandom(seed).fork("options"));
  const drawnTiming = drawTiming(dice.fork("timing"));
  const tickUs = drawnTiming.tickMs * 1000;
  const network = drawNetwork(dice.fork("network"), tickUs);
  const peer = drawPeer(dice.fork("peer"), tickUs);
  const timing = fitTiming(drawnTiming, network, peer);
  const shape = dice.fork("shape");
  const drawn: SimOptions = {
    seed,
    voters: shape.pick([1, 2, 3, 3, 3, 3, 3, 4, 5, 5, 5, 7]),
    observers: shape.pick([0, 0, 0, 1, 1, 2]),
    clients: shape.between(1, 6),
    steps: 2000 + shape.below(4001),
    limits: drawLimits(dice.fork("limits")),
    timing,
    network,
    disk: drawDisk(dice.fork("disk"), tickUs),
    peer,
    workload: drawWorkload(dice.fork("workload"), tickUs),
    faultIntervalUs: shape.scale(2, 40) * tickUs,
    faultDurationUs: shape.scale(3, 60) * tickUs,
    faults: drawFaults(dice.fork("faults")),
    skip: {},
  };
  return override(drawn, overrides);
}

function drawTiming(dice: Dice): ZabTiming {
  if (dice.chance(0.35)) return TIMING_DEDICATED;
  if (dice.chance(0.35)) return TIMING_EMBEDDED;
  const heartbeatTicks = dice.between(1, 4);
  const syncTicks = heartbeatTicks * dice.between(2, 6);
  return {
    tickMs: dice.pick([5, 10, 20, 50, 100]),
    heartbeatTicks,
    syncTicks,
    initTicks: syncTicks + dice.between(5, 40),
    finalizeTicks: dice.between(1, 3),
    electionTicks: dice.between(2, 6),
    electionMaxTicks: dice.between(10, 40),
    storeTicks: dice.between(20, 150),
  };
}

/** No quorum stays where an answer, from heartbeat to heartbeat, may take longer than a leader waits for it. */
function fitTiming(timing: ZabTiming, network: NetworkOptions, peer: PeerOptions): ZabTiming {
  const answerUs = 2 * network.delayMaxUs + 4 * peer.turnMaxUs;
  const leastTicks = timing.heartbeatTicks + 1 + Math.ceil(answerUs / (timing.tickMs * 1000));
  const extraTicks = Math.max(0, leastTicks - timing.syncTicks);
  return { ...timing, syncTicks: timing.syncTicks + extraTicks, initTicks: timing.initTicks + extraTicks };
}

/** Each limit is tiny in some worlds: half of the worlds have tiny ones at all, and these about half of theirs. */
function drawLimits(dice: Dice): ZabLimits {
  if (dice.chance(0.5)) return ZAB_LIMITS_DEFAULT;
  const tiny = (name: keyof ZabLimits, low: number, high: number): number =>
    dice.chance(0.5) ? dice.scale(low, high) : ZAB_LIMITS_DEFAULT[name];
  return {
    ...ZAB_LIMITS_DEFAULT,
    txnSizeMaxBytes: tiny("txnSizeMaxBytes", 1024, 65_536),
    frameSizeTargetBytes: tiny("frameSizeTargetBytes", 64, 8192),
    proposalsInFlightMax: tiny("proposalsInFlightMax", 1, 32),
    proposalsInFlightMaxBytes: tiny("proposalsInFlightMaxBytes", 1024, 65_536),
    historyWindowMax: tiny("historyWindowMax", 1, 64),
    historyWindowMaxBytes: tiny("historyWindowMaxBytes", 256, 16_384),
    learnerInFlightMaxBytes: tiny("learnerInFlightMaxBytes", 256, 16_384),
    deliveriesInFlightMax: tiny("deliveriesInFlightMax", 1, 64),
    requestsQueuedMax: tiny("requestsQueuedMax", 1, 32),
    requestsQueuedMaxBytes: tiny("requestsQueuedMaxBytes", 256, 16_384),
    confirmsPendingMax: tiny("confirmsPendingMax", 1, 16),
    touchesPendingMax: tiny("touchesPendingMax", 1, 8),
    transfersMax: tiny("transfersMax", 1, 2),
    pagesInFlightMaxBytes: tiny("pagesInFlightMaxBytes", 1, 65_536),
    epochEndsMax: tiny("epochEndsMax", 1, 16),
    batchEntriesMax: tiny("batchEntriesMax", 1, 64),
    batchSizeMaxBytes: tiny("batchSizeMaxBytes", 1024, 65_536),
  };
}

function drawNetwork(dice: Dice, tickUs: number): NetworkOptions {
  const delayMinUs = dice.scale(20, tickUs / 4);
  return {
    delayMinUs,
    delayMaxUs: delayMinUs + dice.scale(20, tickUs),
    spikesPerMillion: dice.pick([0, 0, 500, 10_000]),
    spikeMaxUs: dice.scale(1, 30) * tickUs,
    lossPerMillion: dice.pick([0, 0, 200, 1000, 5000]),
    silentPercent: dice.pick([0, 20, 80]),
    ghostPercent: dice.pick([0, 10, 50]),
    codecPercent: dice.pick([0, 0, 0, 5, 100]),
    framesInFlightMax: dice.pick([256, 4096, 65_536]),
  };
}

function drawDisk(dice: Dice, tickUs: number): DiskOptions {
  const syncMinUs = dice.scale(20, 2000);
  return {
    syncMinUs,
    syncMaxUs: syncMinUs + dice.scale(10, tickUs),
    readMaxUs: dice.scale(10, tickUs),
    watermarkMaxUs: dice.scale(1000, 100_000),
  };
}

function drawPeer(dice: Dice, tickUs: number): PeerOptions {
  return {
    turnMaxUs: dice.pick([0, 50, 500, 3000]),
    slowApplyPercent: dice.pick([0, 0, 5, 50]),
    startMaxUs: dice.scale(1, 20) * tickUs,
    checkpointIntervalUs: dice.pick([0, 1, 1, 1]) * dice.scale(20, 300) * tickUs,
    purgeSlackMax: dice.pick([0, 5, 50]),
    tickFirstPercent: dice.pick([0, 0, 10]),
  };
}

function drawWorkload(dice: Dice, tickUs: number): WorkloadOptions {
  const mix = Object.fromEntries(WORKLOAD_KINDS.map((kind) => [kind, dice.pick([0, 1, 3, 10])]));
  return {
    thinkMaxUs: dice.scale(tickUs / 10, tickUs * 10),
    pipelineMax: dice.pick([1, 2, 8]),
    registers: dice.between(1, 6),
    valueMaxBytes: dice.pick([8, 40, 400]),
    sessionTimeoutTicks: dice.between(20, 200),
    clientDelayMaxUs: dice.pick([0, 200, tickUs]),
    mix: { ...(mix as Record<WorkloadKind, number>), close: dice.pick([0, 0, 1]), set: dice.pick([1, 3, 10]) },
  };
}

/** A world has some of the kinds, each at a rate of its own: what always happens together hides what does not. */
function drawFaults(dice: Dice): Readonly<Record<FaultKind, number>> {
  const share = dice.pick([0.1, 0.3, 0.6]);
  const rate = (): number => (dice.chance(share) ? dice.pick([1, 3, 10]) : 0);
  return Object.fromEntries(FAULT_KINDS.map((kind) => [kind, rate()])) as Record<FaultKind, number>;
}

function override(options: SimOptions, overrides: Overrides): SimOptions {
  const copy = structuredCopy(options) as Record<string, unknown>;
  for (const [path, value] of Object.entries(overrides)) {
    const names = path.split(".");
    const last = names.pop()!;
    let at = copy;
    for (const name of names) at = (at[name] ?? {}) as Record<string, unknown>;
    const isStrike = names.length === 1 && names[0] === "skip";
    if (typeof at[last] !== "number" && !isStrike) throw new RangeError(`there is no option ${path}`);
    at[last] = value;
  }
  return copy as unknown as SimOptions;
}

function structuredCopy(value: object): object {
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name,
      typeof field === "object" && field !== null ? structuredCopy(field as object) : (field as unknown),
    ]),
  );
}
