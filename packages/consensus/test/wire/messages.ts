import {
  CHAIN_HASH_NONE,
  type ChainHash,
  chainHash,
  createZxid,
  type Epoch,
  EPOCH_MAX,
  type LogEntry,
  type LogPosition,
  type PeerId,
  type Zxid,
  ZXID_NONE,
} from "@coterie/interface";
import fc from "fast-check";
import type { ForeignMark, Message } from "../../src/message.ts";
import { TAG_CONFIG } from "../../src/entry-tags.ts";
import { encodeEnsembleConfig } from "../../src/quorum/ensemble-config.ts";
import type { MessageOf } from "../../src/wire/codec.ts";

// Arbitrary messages: every field over all of its range, small values and the ends of the range more often.

export type ArbitraryOfKind = { readonly [Kind in Message["kind"]]: fc.Arbitrary<MessageOf<Kind>> };

const uint32 = fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 2 ** 32 - 1 }), fc.constant(2 ** 32 - 1));
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const safe = fc.oneof(uint32, fc.maxSafeNat(), fc.constant(Number.MAX_SAFE_INTEGER));
const boolean = fc.boolean();
const printable = fc.integer({ min: 0x20, max: 0x7e });
export const clusterId = fc
  .array(printable, { minLength: 1, maxLength: 64 })
  .map((codes) => String.fromCharCode(...codes));
const digest = fc
  .array(fc.nat({ max: 0x7f }), { minLength: 1, maxLength: 64 })
  .map((codes) => String.fromCharCode(...codes));
const epoch = fc
  .oneof(fc.nat({ max: 3 }), fc.nat({ max: EPOCH_MAX }), fc.constant(EPOCH_MAX))
  .map((value) => value as Epoch);
const zxid = fc.tuple(epoch, uint32).map(([high, low]) => createZxid(high, low));
export const peer = fc.integer({ min: 1, max: 254 }).map((value) => value as PeerId);
const position: fc.Arbitrary<LogPosition> = fc.record({ zxid, chainHash: int32.map((hash) => hash as ChainHash) });
const bytes = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 120, maxLength: 300 }));
const payloads = fc.array(bytes, { maxLength: 6 });
const standing = fc.constantFrom("blank", "amnesiac", "sound");
const credential = fc.record({ currentEpoch: epoch, lastZxid: zxid });

/** How far an entry is from the one before it: so many more, or so many epochs and then this counter. */
const step = fc.record({
  epochs: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 1000 })),
  counters: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 2 ** 31 })),
});
const config = fc
  .record({ clusterId, peers: fc.uniqueArray(peer, { minLength: 1, maxLength: 9 }) })
  .map(({ clusterId: id, peers }) => {
    const voters = peers.sort((one, other) => one - other).map((voter) => ({ peer: voter, weight: 1, group: 1 }));
    return encodeEnsembleConfig({ clusterId: id, voters });
  });
/** What an entry holds: anything, but a voter set where the tag says so. */
const tagged = fc.oneof(
  fc.record({ tag: fc.constant(TAG_CONFIG), bytes: config }),
  fc.record({ tag: fc.nat({ max: 255 }).filter((tag) => tag !== TAG_CONFIG), bytes }),
);
const content = fc.record({ step, tagged });

/** Entries that lead on from `after`, with the hashes that belong to them. At least one, if zxids are left. */
export function entriesAfter(
  after: LogPosition,
  contents: readonly { zxid: Zxid; tag: number; bytes: Uint8Array }[],
): LogEntry[] {
  let last = after.chainHash;
  return contents.map((entry) => {
    last = chainHash(last, entry.zxid, entry.tag, entry.bytes);
    return { zxid: entry.zxid, chainHash: last, tag: entry.tag, bytes: entry.bytes };
  });
}

const sequence: fc.Arbitrary<{ after: LogPosition; entries: LogEntry[] }> = fc
  .record({
    after: fc.record({
      zxid: fc
        .tuple(fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: EPOCH_MAX - 9000 })), uint32)
        .map(([high, low]) => createZxid(high, low)),
      chainHash: int32.map((hash) => hash as ChainHash),
    }),
    contents: fc.array(content, { minLength: 1, maxLength: 8 }),
  })
  .map(({ after, contents }) => {
    let [high, low] = [Math.floor(after.zxid / 2 ** 32), after.zxid % 2 ** 32];
    const placed = contents.map((one) => {
      const isNewEpoch = one.step.epochs > 0 || low + one.step.counters > 2 ** 32 - 1;
      high += isNewEpoch ? Math.max(one.step.epochs, 1) : 0;
      low = isNewEpoch ? one.step.counters : low + one.step.counters;
      return { zxid: createZxid(high, low), ...one.tagged };
    });
    return { after, entries: entriesAfter(after, placed) };
  });

const firstEntry = fc
  .record({ zxid: zxid.filter((value) => value % 2 ** 32 > 0), tagged })
  .map((one) => entriesAfter({ zxid: ZXID_NONE, chainHash: CHAIN_HASH_NONE }, [{ zxid: one.zxid, ...one.tagged }])[0]!);

const mark: fc.Arbitrary<ForeignMark> = fc
  .record({ kind: fc.constantFrom("incoming", "covering"), at: position, digest, pageCount: safe })
  .map(({ at, ...rest }) => ({ ...rest, ...at }));

export const MESSAGES: ArbitraryOfKind = {
  notification: fc.record({
    kind: fc.constant("notification"),
    state: fc.constantFrom("looking", "following", "leading", "observing"),
    standing,
    clusterId: fc.option(clusterId),
    round: fc.maxSafeNat().map((value) => value % (2 ** 52 + 1)),
    vote: fc.option(peer),
    credential,
    acceptedEpoch: epoch,
    fault: fc.option(fc.record({ after: zxid, upTo: zxid })),
    epoch,
    isEstablished: boolean,
    takesOver: epoch,
  }),
  "founding-question": fc.record({ kind: fc.constant("founding-question"), number: safe, clusterId }),
  "founding-answer": fc.record({ kind: fc.constant("founding-answer"), number: safe, isUntouched: boolean }),
  found: fc.record({ kind: fc.constant("found"), clusterId, entry: firstEntry }),
  "amnesia-notice": fc.record({ kind: fc.constant("amnesia-notice"), incarnation: safe, acknowledged: zxid }),
  "follower-info": fc.record({
    kind: fc.constant("follower-info"),
    acceptedEpoch: epoch,
    credential,
    standing,
    round: safe,
  }),
  "not-leading": fc.record({ kind: fc.constant("not-leading") }),
  "new-epoch": fc.record({ kind: fc.constant("new-epoch"), epoch }),
  "ack-epoch": fc.record({
    kind: fc.constant("ack-epoch"),
    epoch,
    isPromise: boolean,
    currentEpoch: epoch,
    last: position,
    base: position,
    committed: zxid,
    epochEnds: fc.array(position, { maxLength: 5 }),
    faults: fc.array(fc.record({ after: position, upTo: position }), { maxLength: 3 }),
  }),
  sync: fc
    .record({ epoch, clusterId, config, after: position, mark: fc.option(mark, { freq: 2 }) })
    .map((fields) => ({ kind: "sync", mode: fields.mark === null ? "diff" : "checkpoint", ...fields })),
  "checkpoint-pages": fc.record({
    kind: fc.constant("checkpoint-pages"),
    epoch,
    first: safe,
    pages: payloads,
  }),
  "pages-taken": fc.record({ kind: fc.constant("pages-taken"), epoch, count: safe }),
  repair: fc.tuple(epoch, sequence).map(([of, entries]) => ({ kind: "repair", epoch: of, ...entries })),
  propose: fc
    .tuple(epoch, sequence, zxid)
    .map(([of, entries, committed]) => ({ kind: "propose", epoch: of, ...entries, committed })),
  "new-leader": fc.record({ kind: fc.constant("new-leader"), epoch, last: zxid }),
  "ack-new-leader": fc.record({ kind: fc.constant("ack-new-leader"), epoch, last: zxid }),
  "up-to-date": fc.record({ kind: fc.constant("up-to-date"), epoch, committed: zxid }),
  ack: fc.record({ kind: fc.constant("ack"), epoch, zxid }),
  commit: fc.record({ kind: fc.constant("commit"), epoch, zxid }),
  ping: fc.record({
    kind: fc.constant("ping"),
    epoch,
    round: safe,
    committed: zxid,
    marks: fc.array(fc.record({ peer, incarnation: safe, zxid }), { maxLength: 5 }),
  }),
  pong: fc.record({ kind: fc.constant("pong"), epoch, round: safe, touches: payloads }),
  readmit: fc.record({ kind: fc.constant("readmit"), epoch }),
  readmitted: fc.record({ kind: fc.constant("readmitted"), epoch }),
  requests: fc.record({ kind: fc.constant("requests"), epoch, payloads }),
  "requests-refused": fc.record({ kind: fc.constant("requests-refused"), epoch, payloads }),
  confirm: fc.record({
    kind: fc.constant("confirm"),
    epoch,
    number: safe,
    target: fc.constantFrom("committed", "proposed"),
  }),
  confirmed: fc.record({ kind: fc.constant("confirmed"), epoch, number: safe, zxid }),
  "take-over": fc.record({ kind: fc.constant("take-over"), epoch }),
};

export const KINDS: readonly Message["kind"][] = Object.keys(MESSAGES) as Message["kind"][];

export const messageArbitrary: fc.Arbitrary<Message> = fc.oneof(
  ...KINDS.map((kind) => MESSAGES[kind] as fc.Arbitrary<Message>),
);
