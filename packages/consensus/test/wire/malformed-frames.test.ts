import { CHAIN_HASH_NONE, chainHash, CoterieError, createZxid, LOG_LIMITS } from "@coterie/interface";
import { describe, expect, it } from "vitest";
import { decodeMessage } from "../../src/wire/message-codec.ts";

/** Why the frame is refused, behind what each refusal begins with; or what it decodes to. */
function refusal(...parts: readonly (number | readonly number[])[]): unknown {
  return refusalOf(Uint8Array.from(parts.flat()));
}

function refusalOf(frame: Uint8Array): unknown {
  try {
    return decodeMessage(frame);
  } catch (error) {
    const begin = "a frame of another peer cannot be used: ";
    if (!(error instanceof CoterieError) || error.code !== "FRAME_CORRUPT") return error;
    return error.message.startsWith(begin) ? error.message.slice(begin.length) : error;
  }
}

const [NOTIFICATION, NEW_EPOCH, ACK_EPOCH, SYNC, PAGES, FOUND, PROPOSE, ACK, PING, REQUESTS, CONFIRM] = [
  1, 6, 7, 8, 9, 2, 17, 18, 20, 22, 23,
];
const MANY = [0xff, 0xff, 0xff, 0xff, 0x0f];
const ZERO_POSITION = [0, 0, 0, 0, 0, 0];
/** A voter set: version, cluster id "a", one voter 3 of group 1 and weight 1, without an address. */
const VOTERS = [1, 1, 0x61, 1, 3, 1, 0, 0, 0, 1, 0];
const EARLY = "it ends too early";

describe("a frame", () => {
  it("of no kind is refused", () => {
    expect(refusal()).toBe(EARLY);
    for (const byte of [0, 29, 255]) expect(refusal(byte)).toBe(`${byte} is no kind of message`);
  });

  it("with a number in more bytes, or larger, than there can be is refused", () => {
    expect(refusal(NEW_EPOCH, 0x05)).toEqual({ kind: "new-epoch", epoch: 5 });
    expect(refusal(NEW_EPOCH, 0x85, 0x00)).toBe("a number is longer than it need be");
    expect(refusal(NEW_EPOCH, 0x80, 0x80, 0x80, 0x80, 0x00)).toBe("a number is longer than it need be");
    expect(refusal(NEW_EPOCH, 0x80, 0x80, 0x80, 0x80, 0x10)).toBe("a number has more than 32 bits");
    expect(refusal(NEW_EPOCH, MANY.with(4, 0x8f), 0x01)).toBe("a number has more than 32 bits");
    expect(refusal(NEW_EPOCH, 0x80)).toBe(EARLY);
  });

  it("with an epoch above EPOCH_MAX, by itself or in a zxid, is refused", () => {
    const [max, above] = [
      [0xff, 0xff, 0x7f],
      [0x80, 0x80, 0x80, 0x01],
    ];
    expect(refusal(NEW_EPOCH, max)).toEqual({ kind: "new-epoch", epoch: 2 ** 21 - 1 });
    expect(refusal(NEW_EPOCH, above)).toBe("2097152 is above every epoch");
    expect(refusal(ACK, 1, max, MANY)).toEqual({ kind: "ack", epoch: 1, zxid: Number.MAX_SAFE_INTEGER });
    expect(refusal(ACK, 1, above, 0)).toBe("a zxid or another number is above 2^53-1");
  });

  it("with a round that no election comes to is refused: one more must always be left", () => {
    const head = [NOTIFICATION, 0, 0, 0];
    const rest = [0, 0, 0, 0, 0, 0, 0, 0, 0];
    expect(refusal(head, [0x80, 0x80, 0x40], [0x00], rest)).toMatchObject({ kind: "notification", round: 2 ** 52 });
    expect(refusal(head, [0x80, 0x80, 0x40], [0x01], rest)).toBe(
      `${2 ** 52 + 1} is no round that an election comes to`,
    );
  });

  it("with a choice that there is not is refused", () => {
    expect(refusal(CONFIRM, 1, 0, 9, 1)).toEqual({ kind: "confirm", epoch: 1, number: 9, target: "proposed" });
    expect(refusal(CONFIRM, 1, 0, 9, 2)).toBe("2 stands where one of 2 values should");
    expect(refusal(NOTIFICATION, 4)).toBe("4 stands where one of 4 values should");
    expect(refusal(NOTIFICATION, 3, 3)).toBe("3 stands where one of 3 values should");
    expect(refusal(ACK_EPOCH, 1, 2)).toBe("2 stands where one of 2 values should");
    expect(refusal(PING, 1, 0, 1, 0, 0, 1, 255, 0, 1, 0, 1)).toBe("255 is no peer id");
    expect(refusal(PING, 1, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1)).toBe("a peer id is missing");
  });

  it("that claims more than it holds is refused at once", () => {
    expect(refusal(REQUESTS, 1, MANY)).toBe("it has no room for 4294967295 items");
    expect(refusal(REQUESTS, 1, 1, MANY)).toBe(EARLY);
    expect(refusal(PING, 1, 0, 1, 0, 0, MANY)).toBe("it has no room for 4294967295 items");
    expect(refusal(PROPOSE, 1, 0, 0, ZERO_POSITION, MANY)).toBe("it has no room for 4294967295 items");
    expect(refusal(ACK_EPOCH, 1, 0, 1, ZERO_POSITION, ZERO_POSITION, 0, 0, 0, 2, 0, 0)).toBe(
      "it has no room for 2 items",
    );
  });

  it("with a text that is none is refused", () => {
    expect(refusal(FOUND, 0)).toBe("a cluster id is missing");
    expect(refusal(FOUND, 65)).toBe("a text has 65 characters, 64 are allowed");
    expect(refusal(FOUND, 2, 0x61)).toBe(EARLY);
    expect(refusal(FOUND, 2, 0x61, 0x80)).toBe("a text is not ASCII");
    expect(refusal(FOUND, 2, 0x61, 0x1f)).toBe("a cluster id is not printable");
    expect(refusal(SYNC, 1, 1, 0x61, VOTERS.length, VOTERS, 1, ZERO_POSITION, 2, ZERO_POSITION, 0)).toBe(
      "a checkpoint has no digest",
    );
  });

  it("with entries that are none, do not ascend, or lead elsewhere is refused", () => {
    const head = [PROPOSE, 1, 0, 0, 3, 10, 0, 0, 0, 0];
    const tail = [7, 0, 1, 2, 3, 4];
    expect(refusal(head, 0, 1, 2, 3, 4)).toBe("it should hold entries, and has none");
    expect(refusal(head, 1, 1, tail)).toBe("its entries do not lead to the chain hash that it gives");
    expect(refusal(head, 1, [0xf6, 0xff, 0xff, 0xff, 0x0f], tail)).toBe("an entry's counter is above every counter");
    expect(refusal(head, 1, 0, 3, 11, tail)).toBe("an entry begins no later epoch");
    expect(refusal(head, 1, 0, 2, 11, tail)).toBe("an entry begins no later epoch");
    expect(refusal(head, 1, 0, 4, 0, tail)).toBe("an entry has the counter 0");
    expect(refusal(head, 1, 1, 7, [0x81, 0x80, 0x80, 0x08], 1, 2, 3, 4)).toBe("an entry has 16777217 bytes");
    expect(refusal(head, 1, 1, 7, 5, 1, 2, 3, 4)).toBe(EARLY);
  });

  it("with a voter set that cannot be used is refused", () => {
    const cut = VOTERS.slice(0, -2);
    const why = "a voter set cannot be used: 9 bytes do not hold 1 voters";
    expect(refusal(SYNC, 1, 1, 0x61, cut.length, cut, 0, ZERO_POSITION)).toBe(why);
    expect(refusal(FOUND, 1, 0x61, 1, 1, 1, cut.length, cut, [0, 0, 0, 0])).toBe(why);
    expect(refusal(PROPOSE, 1, 0, 0, ZERO_POSITION, 1, 1, 1, cut.length, cut, [0, 0, 0, 0])).toBe(why);
  });

  it("that founds a cluster with two entries is refused", () => {
    const first = chainHash(CHAIN_HASH_NONE, createZxid(0, 1), 1, Uint8Array.from(VOTERS));
    const second = chainHash(first, createZxid(0, 2), 1, Uint8Array.from(VOTERS));
    const config = [1, 1, VOTERS.length, VOTERS].flat();
    const bytesOf = (hash: number): number[] => [24, 16, 8, 0].map((shift) => (hash >> shift) & 0xff);
    expect(refusal(FOUND, 1, 0x61, 1, config, bytesOf(first))).toMatchObject({ kind: "found", clusterId: "a" });
    expect(refusal(FOUND, 1, 0x61, 2, config, config, bytesOf(second))).toBe("a cluster is founded with one entry");
  });

  it("with a checkpoint that a peer has for itself is refused", () => {
    const head = [SYNC, 1, 1, 0x61, VOTERS.length, VOTERS, 1, ZERO_POSITION].flat();
    const rest = [ZERO_POSITION, 1, 0x64, 0, 3].flat();
    expect(refusal(head, 0, rest)).toBe("a full checkpoint is of the peer itself");
    expect(refusal(head, 1, rest)).toBe("a delta checkpoint is of the peer itself");
    expect(refusal(head, 2, rest)).toMatchObject({ kind: "sync", mark: { kind: "incoming", pageCount: 3 } });
    expect(refusal(head, 3, rest)).toMatchObject({ kind: "sync", mark: { kind: "covering", pageCount: 3 } });
    expect(refusal(head, 4, rest)).toBe("4 stands where one of 4 values should");
  });

  it("with more pages than a frame may have, of no bytes even, is refused", () => {
    const head = [PAGES, 1, 0, 0];
    const none = (count: number): number[] => Array.from({ length: count }, () => 0);
    expect(refusal(head, [0x80, 0x20], none(4096))).toMatchObject({ kind: "checkpoint-pages", first: 0 });
    expect(refusal(head, [0x81, 0x20], none(4097))).toBe("it has 4097 pages");
  });

  it("with more pages than a store takes at once is refused", () => {
    const head = [PAGES, 1, 0, 0, 1, 0x81, 0x80, 0x80, 0x10];
    const frame = new Uint8Array(head.length + LOG_LIMITS.pageSizeMaxBytes + 1);
    frame.set(head);
    expect(refusalOf(frame)).toBe("its pages are more than a store takes at once");
    frame[head.length - 4] = 0x80;
    expect(refusalOf(frame)).toBe("1 bytes stand behind its end");
  });
});
