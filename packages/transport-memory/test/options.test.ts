import { expect, it } from "vitest";
import { createMemoryNetwork } from "../src/index.ts";
import { EndLog } from "./support.ts";

const GOOD = { frameSizeMaxBytes: 1000, sendQueueTargetBytes: 0 };
const HANDLER = { accept: () => new EndLog(), refused: () => undefined };

it("words are refused, since nothing here begins with four bytes", async () => {
  const listening = createMemoryNetwork()
    .transport("a")
    .listen("a:1", HANDLER, { ...GOOD, fourLetterWords: ["ruok"] });
  await expect(listening).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
});

it.each(["dialTimeoutMs", "closeTimeoutMs"])("a limit in time that is none is named: %s", (name) => {
  for (const value of [Number.NaN, -1, Number.POSITIVE_INFINITY, null]) {
    expect(() => createMemoryNetwork({ [name]: value })).toThrow(expect.objectContaining({ code: "BAD_ARGUMENTS" }));
  }
});

it.each([undefined, null, 5, {}, Symbol("s")])("an address that is no text cannot be used: %s", async (address) => {
  const transport = createMemoryNetwork().transport("a");
  const heard = new EndLog();
  transport.dial(address as string, heard, GOOD);
  await expect(transport.listen(address as string, HANDLER, GOOD)).rejects.toMatchObject({ code: "ADDRESS_UNUSABLE" });
  for (let round = 0; round < 10; round++) await Promise.resolve();
  expect(heard.heard).toEqual(["ADDRESS_UNUSABLE"]);
});
