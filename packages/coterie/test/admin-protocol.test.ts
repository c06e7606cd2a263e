import { expect, it } from "vitest";
import { ANSWER, decodeError, encodeError } from "../src/command/admin/admin-protocol.ts";
import { CoterieError } from "@coterie/interface";

const bodyOf = (frame: Uint8Array): Uint8Array => frame.subarray(1);

it("an error comes out of the admin socket as it went in", () => {
  const frame = encodeError(new CoterieError("STORE_FULL", "no room"));
  expect(frame[0]).toBe(ANSWER.error);
  expect(decodeError(bodyOf(frame))).toMatchObject({ code: "STORE_FULL", message: "no room" });
});

// String() throws at an object that hides its toString.
it.each([`{"code":"NO_NODE","message":{"toString":1}}`, `{"code":"NO_NODE"}`])(
  "an error whose message is no text still comes out: %s",
  (text) => {
    expect(decodeError(Buffer.from(text))).toMatchObject({
      code: "NO_NODE",
      message: "the peer does not say what went wrong",
    });
  },
);
