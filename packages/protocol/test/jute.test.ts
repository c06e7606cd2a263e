import { AssertionError } from "@coterie/interface";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isProtocolError, JuteReader, JuteWriter, ProtocolError } from "../src/index.ts";
import { bytesOfHex } from "./encode.ts";

function written(write: (writer: JuteWriter) => void, writer: JuteWriter = new JuteWriter()): Uint8Array {
  write(writer);
  return writer.copy();
}

/** How the platform reads UTF-8: replacing what is ill-formed, keeping a byte order mark. */
const platformDecoder = new TextDecoder("utf-8", { ignoreBOM: true });

function readBytesAsString(bytes: Uint8Array): string {
  const writer = new JuteWriter();
  writer.writeBuffer(bytes);
  return new JuteReader(writer.view()).readString();
}

describe("strings", () => {
  const interesting = fc.array(
    fc.oneof(
      fc.constantFrom(0x00, 0x2f, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf),
      fc.constantFrom(0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xfe, 0xff, 0xbb),
    ),
    { maxLength: 12 },
  );

  it("of any bytes are read as the WHATWG decoder reads them", () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 40 }), interesting), (input) => {
        const bytes = Uint8Array.from(input);
        expect(readBytesAsString(bytes)).toBe(platformDecoder.decode(bytes));
      }),
      { numRuns: 5000 },
    );
  });

  it("of every sequence of two bytes are read likewise", () => {
    const pairs = Array.from({ length: 0x10000 }, (_, pair) => Uint8Array.of(pair >> 8, pair & 0xff));
    expect(pairs.filter((bytes) => readBytesAsString(bytes) !== platformDecoder.decode(bytes))).toEqual([]);
  });

  it("longer than one chunk are read likewise, wherever a character straddles chunks", () => {
    for (const filler of ["a", "é", "語", "😀"]) {
      for (let shift = 0; shift < 4; shift++) {
        const bytes = new TextEncoder().encode("x".repeat(4090 + shift) + filler.repeat(5000));
        expect(readBytesAsString(bytes)).toBe(platformDecoder.decode(bytes));
      }
    }
  });

  it("of any UTF-16 are written as the WHATWG encoder writes them", () => {
    const units = fc.array(fc.oneof(fc.nat({ max: 0xffff }), fc.integer({ min: 0xd700, max: 0xe010 })));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), units), (input) => {
        const text = typeof input === "string" ? input : String.fromCharCode(...input);
        const expected = new TextEncoder().encode(text);
        expect(written((writer) => writer.writeString(text)).subarray(4)).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it("in CESU-8, as ZooKeeper's Java writer puts astral characters, hold nothing that a path may hold", () => {
    expect(readBytesAsString(bytesOfHex("eda0bd edb880"))).toBe("\u{fffd}".repeat(6));
  });

  it("tell null from empty", () => {
    expect(written((writer) => writer.writeString(null))).toEqual(bytesOfHex("ffffffff"));
    expect(written((writer) => writer.writeString(""))).toEqual(bytesOfHex("00000000"));
    expect(new JuteReader(bytesOfHex("ffffffff")).readNullableString()).toBeNull();
    expect(new JuteReader(bytesOfHex("00000000")).readNullableString()).toBe("");
  });
});

describe("numbers", () => {
  it("of 64 bits are written and read exactly where they are safe, as number or bigint", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const bytes = written((writer) => writer.writeLong(value));
        expect(new DataView(bytes.buffer).getBigInt64(0)).toBe(BigInt(value));
        expect(new JuteReader(bytes).readLong()).toBe(value);
        expect(new JuteReader(bytes).readBigLong()).toBe(BigInt(value));
        expect(written((writer) => writer.writeBigLong(BigInt(value)))).toEqual(bytes);
      }),
      { numRuns: 500 },
    );
  });

  it("of 64 bits saturate as number and stay exact as bigint", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const bytes = written((writer) => writer.writeBigLong(value));
        const limit = BigInt(Number.MAX_SAFE_INTEGER);
        const saturated = value > limit ? limit : value < -limit ? -limit : value;
        expect(new JuteReader(bytes).readBigLong()).toBe(value);
        expect(BigInt(new JuteReader(bytes).readLong())).toBe(saturated);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["0020000000000000", Number.MAX_SAFE_INTEGER],
    ["001fffffffffffff", Number.MAX_SAFE_INTEGER],
    ["001ffffffffffffe", Number.MAX_SAFE_INTEGER - 1],
    ["7fffffffffffffff", Number.MAX_SAFE_INTEGER],
    ["ffe0000000000001", -Number.MAX_SAFE_INTEGER],
    ["ffe0000000000000", -Number.MAX_SAFE_INTEGER],
    ["8000000000000000", -Number.MAX_SAFE_INTEGER],
  ])("at the bounds: %s", (hex, value) => {
    expect(new JuteReader(bytesOfHex(hex)).readLong()).toBe(value);
  });

  it("take a bigint modulo 2^64", () => {
    expect(written((writer) => writer.writeBigLong(2n ** 64n - 1n))).toEqual(bytesOfHex("ffffffffffffffff"));
  });

  it("of 8 and 32 bits keep their sign", () => {
    const reader = new JuteReader(bytesOfHex("ff 80 7f 80000000 7fffffff"));
    expect([reader.readByte(), reader.readByte(), reader.readByte()]).toEqual([-1, -128, 127]);
    expect([reader.readInt(), reader.readInt()]).toEqual([-(2 ** 31), 2 ** 31 - 1]);
  });

  it("take any byte but 0 for true", () => {
    const reader = new JuteReader(bytesOfHex("00 01 02 ff"));
    expect([1, 2, 3, 4].map(() => reader.readBoolean())).toEqual([false, true, true, true]);
  });
});

describe("the reader", () => {
  it("hands buffers out as views", () => {
    const bytes = bytesOfHex("00000002 0102 00000000 ffffffff");
    const reader = new JuteReader(bytes);
    const view = reader.readBuffer();
    expect(view.buffer).toBe(bytes.buffer);
    expect([view, reader.readNullableBuffer(), reader.readNullableBuffer()]).toEqual([
      Uint8Array.of(1, 2),
      new Uint8Array(0),
      null,
    ]);
  });

  it("reads a part of a larger buffer, and other bytes after a reset", () => {
    const reader = new JuteReader(bytesOfHex("ffffffff 00000007 ffffffff").subarray(4, 8));
    expect([reader.remainingBytes, reader.readInt(), reader.remainingBytes]).toEqual([4, 7, 0]);
    reader.reset(bytesOfHex("00000001 2f"));
    expect(reader.readString()).toBe("/");
  });

  it("moves past a string, whose text can be asked for later", () => {
    const reader = new JuteReader(bytesOfHex("00000003 2fd096 00000000 00000007").subarray(0));
    const start = reader.skipString();
    const end = reader.position;
    expect([start, end]).toEqual([4, 7]);
    expect([reader.skipString(), reader.position, reader.readInt()]).toEqual([11, 11, 7]);
    expect([reader.textAt(start, end), reader.textAt(4, 5), reader.textAt(11, 11)]).toEqual(["/\u0416", "/", ""]);
    expect(() => new JuteReader(bytesOfHex("00000003 2f2f")).skipString()).toThrow(ProtocolError);
  });

  it("refuses null where none may be", () => {
    for (const read of [
      (reader: JuteReader): unknown => reader.skipString(),
      (reader: JuteReader): unknown => reader.readString(),
      (reader: JuteReader): unknown => reader.readBuffer(),
    ]) {
      try {
        read(new JuteReader(bytesOfHex("ffffffff")));
        expect.unreachable();
      } catch (error) {
        expect(isProtocolError(error) && error.reason).toBe("null-field");
      }
    }
  });
});

describe("the writer", () => {
  it("writes the same whatever its first capacity", () => {
    const parts = fc.array(
      fc.oneof(fc.string({ unit: "binary" }), fc.uint8Array({ maxLength: 100 }), fc.maxSafeInteger()),
    );
    const write = (values: (string | Uint8Array | number)[]) => (writer: JuteWriter) => {
      for (const value of values) {
        if (typeof value === "string") writer.writeString(value);
        else if (typeof value === "number") writer.writeLong(value);
        else writer.writeBuffer(value);
      }
    };
    fc.assert(
      fc.property(parts, (values) => {
        const small = written(write(values), new JuteWriter({ capacityBytes: 0 }));
        expect(small).toEqual(written(write(values), new JuteWriter({ capacityBytes: 100_000 })));
      }),
      { numRuns: 300 },
    );
  });

  it("writes text that is UTF-8 already as it writes a string", () => {
    for (const text of ["", "/", "/\u0416", `/${"x".repeat(31)}`, "/\u0416".repeat(50)]) {
      const utf8 = new TextEncoder().encode(`${text}behind`);
      const [one, other] = [new JuteWriter({ capacityBytes: 4 }), new JuteWriter()];
      one.writeUtf8(utf8, utf8.length - "behind".length);
      other.writeString(text);
      expect(one.copy()).toEqual(other.copy());
    }
  });

  it("gives a view that the next write may change, a copy and a take that it may not", () => {
    const writer = new JuteWriter({ capacityBytes: 16 });
    writer.writeInt(1);
    const [view, copy] = [writer.view(), writer.copy()];
    writer.reset();
    writer.writeInt(2);
    expect([view, copy]).toEqual([bytesOfHex("00000002"), bytesOfHex("00000001")]);
    const taken = writer.take();
    expect(writer.size).toBe(0);
    writer.writeInt(3);
    expect([taken, writer.copy()]).toEqual([bytesOfHex("00000002"), bytesOfHex("00000003")]);
  });

  it("lets go of a buffer that grew beyond what it may retain", () => {
    const writer = new JuteWriter({ capacityBytes: 8, capacityRetainedMaxBytes: 64 });
    writer.writeRaw(new Uint8Array(64));
    const kept = writer.view().buffer;
    writer.reset();
    expect(writer.view().buffer).toBe(kept);
    writer.writeRaw(new Uint8Array(65));
    writer.reset();
    expect(writer.view().buffer.byteLength).toBe(8);
  });

  it.each([
    ["an int of 33 bits", (writer: JuteWriter): void => writer.writeInt(2 ** 32)],
    ["half an int", (writer: JuteWriter): void => writer.writeInt(0.5)],
    ["a byte of 256", (writer: JuteWriter): void => writer.writeByte(256)],
    ["an unsafe long", (writer: JuteWriter): void => writer.writeLong(2 ** 53)],
    ["a long that is no number", (writer: JuteWriter): void => writer.writeLong(Number.NaN)],
    ["an int over what is not written", (writer: JuteWriter): void => writer.setInt(0, 1)],
  ])("asserts against %s", (_title, write) => {
    expect(() => write(new JuteWriter())).toThrow(AssertionError);
  });
});
