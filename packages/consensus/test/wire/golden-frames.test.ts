import {
  CHAIN_HASH_NONE,
  type ChainHash,
  createZxid,
  type Epoch,
  type LogPosition,
  type PeerId,
  ZXID_NONE,
} from "@coterie/interface";
import { describe, expect, it } from "vitest";
import type { Message } from "../../src/message.ts";
import { decodeMessage, encodeMessage } from "../../src/wire/message-codec.ts";
import { encodeEnsembleConfig } from "../../src/quorum/ensemble-config.ts";
import { entriesAfter, KINDS } from "./messages.ts";

// A frame that is not one of these any more is a change of the protocol: it needs a version of its own.

const epoch = 300 as Epoch;
const zxid = createZxid(300, 5);
const at: LogPosition = { zxid, chainHash: 0x01020304 as ChainHash };
const start: LogPosition = { zxid: ZXID_NONE, chainHash: CHAIN_HASH_NONE };
const bytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const credential = { currentEpoch: 299 as Epoch, lastZxid: zxid };
const peer = 3 as PeerId;
const entries = entriesAfter(at, [
  { zxid: createZxid(300, 6), tag: 0, bytes: bytes("one") },
  { zxid: createZxid(300, 8), tag: 2, bytes: bytes("") },
  { zxid: createZxid(301, 1), tag: 255, bytes: bytes("x".repeat(130)) },
]);
const voters = encodeEnsembleConfig({ clusterId: "c0ffee", voters: [{ peer, weight: 1, group: 1 }] });
const [entry] = entriesAfter(start, [{ zxid: createZxid(0, 1), tag: 1, bytes: voters }]);

const GOLDEN: readonly (readonly [message: Message, hex: string])[] = [
  [
    {
      kind: "notification",
      state: "leading",
      standing: "sound",
      clusterId: "c0ffee",
      round: 17,
      vote: peer,
      credential,
      acceptedEpoch: epoch,
      fault: { after: zxid, upTo: createZxid(300, 9) },
      epoch,
      isEstablished: true,
      takesOver: 1 as Epoch,
    },
    "01020206633066666565001103ab02ac0205ac0201ac0205ac0209ac020101",
  ],
  [
    {
      kind: "notification",
      state: "looking",
      standing: "blank",
      clusterId: null,
      round: 0,
      vote: null,
      credential: { currentEpoch: 0 as Epoch, lastZxid: ZXID_NONE },
      acceptedEpoch: 0 as Epoch,
      fault: null,
      epoch: 0 as Epoch,
      isEstablished: false,
      takesOver: 0 as Epoch,
    },
    "010000000000000000000000000000",
  ],
  [{ kind: "founding-question", number: 300, clusterId: "c0ffee" }, "1b00ac0206633066666565"],
  [{ kind: "founding-answer", number: 300, isUntouched: true }, "1c00ac0201"],
  [
    { kind: "found", clusterId: "c0ffee", entry: entry! },
    "02066330666665650101011001066330666665650103010000000100e2588ab6",
  ],
  [{ kind: "amnesia-notice", incarnation: 2 ** 53 - 1, acknowledged: zxid }, "03ffff7fffffffff0fac0205"],
  [
    { kind: "follower-info", acceptedEpoch: epoch, credential, standing: "amnesiac", round: 17 },
    "04ac02ab02ac0205010011",
  ],
  [{ kind: "not-leading" }, "05"],
  [{ kind: "new-epoch", epoch }, "06ac02"],
  [
    {
      kind: "ack-epoch",
      epoch,
      isPromise: true,
      currentEpoch: 299 as Epoch,
      last: at,
      base: start,
      committed: at.zxid,
      epochEnds: [{ zxid: createZxid(7, 1), chainHash: -1 as ChainHash }, at],
      faults: [{ after: start, upTo: at }],
    },
    "07ac0201ab02ac020501020304000000000000ac0205020701ffffffffac02050102030401000000000000ac020501020304",
  ],
  [
    { kind: "sync", epoch, clusterId: "c0ffee", config: voters, mode: "diff", after: at, mark: null },
    "08ac0206633066666565100106633066666565010301000000010000ac020501020304",
  ],
  [
    {
      kind: "sync",
      epoch,
      clusterId: "c0ffee",
      config: voters,
      mode: "checkpoint",
      after: at,
      mark: { kind: "incoming", ...at, digest: "0a0b", pageCount: 1000 },
    },
    "08ac0206633066666565100106633066666565010301000000010001ac02050102030402ac020501020304043061306200e807",
  ],
  [{ kind: "checkpoint-pages", epoch, first: 1000, pages: [bytes("page"), bytes("")] }, "09ac0200e80702047061676500"],
  [{ kind: "pages-taken", epoch, count: 1002 }, "0aac0200ea07"],
  [{ kind: "repair", epoch, after: at, entries: entries.slice(0, 1) }, "0bac02ac020501020304010100036f6e652e708ba7"],
  [
    { kind: "propose", epoch, after: at, entries, committed: zxid },
    "11ac02ac0205ac020501020304030100036f6e6502020000ad0201ff8201787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878786a66ac1f",
  ],
  [{ kind: "new-leader", epoch, last: zxid }, "0cac02ac0205"],
  [{ kind: "ack-new-leader", epoch, last: zxid }, "0dac02ac0205"],
  [{ kind: "up-to-date", epoch, committed: zxid }, "0eac02ac0205"],
  [{ kind: "ack", epoch, zxid }, "12ac02ac0205"],
  [{ kind: "commit", epoch, zxid }, "13ac02ac0205"],
  [
    { kind: "ping", epoch, round: 70_000, committed: zxid, marks: [{ peer, incarnation: 2 ** 32, zxid }] },
    "14ac0200f0a204ac020501030100ac0205",
  ],
  [{ kind: "pong", epoch, round: 70_000, touches: [bytes("touch")] }, "15ac0200f0a2040105746f756368"],
  [{ kind: "readmit", epoch }, "0fac02"],
  [{ kind: "readmitted", epoch }, "10ac02"],
  [{ kind: "requests", epoch, payloads: [bytes("a"), bytes("bc")] }, "16ac02020161026263"],
  [{ kind: "requests-refused", epoch, payloads: [bytes("bc"), bytes("")] }, "1aac020202626300"],
  [{ kind: "confirm", epoch, number: 128, target: "committed" }, "17ac0200800100"],
  [{ kind: "confirmed", epoch, number: 128, zxid }, "18ac02008001ac0205"],
  [{ kind: "take-over", epoch }, "19ac02"],
];

describe("the frame", () => {
  it.each(GOLDEN.map(([message, hex]) => [message.kind, message, hex] as const))("of a %s stays", (_, message, hex) => {
    const frame = encodeMessage(message);
    expect(Buffer.from(frame).toString("hex")).toBe(hex);
    expect(decodeMessage(Buffer.from(hex, "hex"))).toStrictEqual(message);
  });

  it("of every kind is among these", () => {
    expect([...new Set(GOLDEN.map(([message]) => message.kind))].sort()).toEqual(KINDS.toSorted());
  });
});
