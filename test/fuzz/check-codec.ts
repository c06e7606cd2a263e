import { deepStrictEqual, ok } from "node:assert";
import { isProtocolError, JuteReader, JuteWriter } from "../../packages/protocol/src/index.ts";
import { accepted, type Outcome, refused, sizeClass } from "./outcome.ts";

/**
 * What must hold for any bytes: they are refused with ProtocolError; or they decode to a value that depends on the
 * bytes read alone, and that encodes to bytes that decode to the same value. Throws anything else, which the fuzzer
 * reports as a crash.
 */
export function checkCodec<Value>(
  frame: Uint8Array,
  read: (reader: JuteReader) => Value,
  write: (writer: JuteWriter, value: Value) => void,
  kindOf: (value: Value) => string,
): Outcome {
  const reader = new JuteReader(frame);
  let value: Value;
  try {
    value = read(reader);
  } catch (error) {
    if (isProtocolError(error)) return refused(`${error.reason}: ${error.message}`);
    throw error;
  }
  ok(reader.remainingBytes >= 0, "more was read than there is");
  const sizeBytes = frame.length - reader.remainingBytes;
  deepStrictEqual(read(new JuteReader(frame.subarray(0, sizeBytes))), value);
  const writer = new JuteWriter({ capacityBytes: 16 });
  write(writer, value);
  deepStrictEqual(read(new JuteReader(writer.view())), value);
  return accepted(`${kindOf(value)} of ${sizeClass(sizeBytes)} bytes`);
}
