import { expect, it } from "vitest";
import {
  checkConnectionOptions,
  checkListenOptions,
  checkTimeoutMs,
  type ConnectionOptions,
  type ListenOptions,
} from "../src/index.ts";

const GOOD = { frameSizeMaxBytes: 1, sendQueueTargetBytes: 0 };
const WIRE = { identity: false, zookeeperFraming: true };
const NO_WIRE = { identity: false, zookeeperFraming: false };

const named = (name: string): unknown =>
  expect.objectContaining({ code: "BAD_ARGUMENTS", message: expect.stringContaining(name) });

it.each<[string, unknown]>([
  ["frameSizeMaxBytes", undefined],
  ["frameSizeMaxBytes", null],
  ["frameSizeMaxBytes", {}],
  ["frameSizeMaxBytes", { ...GOOD, frameSizeMaxBytes: undefined }],
  ["frameSizeMaxBytes", { ...GOOD, frameSizeMaxBytes: Number.NaN }],
  ["frameSizeMaxBytes", { ...GOOD, frameSizeMaxBytes: 0 }],
  ["sendQueueTargetBytes", { ...GOOD, sendQueueTargetBytes: null }],
  ["sendQueueTargetBytes", { ...GOOD, sendQueueTargetBytes: -1 }],
  ["sendQueueTargetBytes", { ...GOOD, sendQueueTargetBytes: "1000" }],
])("an option that is none is named: %s %o", (name, options) => {
  expect(() => checkConnectionOptions(options as ConnectionOptions)).toThrow(named(name));
  expect(() => checkListenOptions(options as ListenOptions, WIRE)).toThrow(named(name));
});

it("the least of each option is good, and so is no limit at all", () => {
  for (const options of [GOOD, { frameSizeMaxBytes: Infinity, sendQueueTargetBytes: Infinity }]) {
    expect(() => checkConnectionOptions(options)).not.toThrow();
    expect(() => checkListenOptions(options, NO_WIRE)).not.toThrow();
  }
});

it.each([["ruo"], ["ruök"], [5], "ruok"])("fourLetterWords are words of four letters: %o", (...words) => {
  const fourLetterWords = (words[0] === "ruok" ? "ruok" : words) as string[];
  for (const supports of [WIRE, NO_WIRE]) {
    expect(() => checkListenOptions({ ...GOOD, fourLetterWords }, supports)).toThrow(named("fourLetterWords"));
  }
});

it("fourLetterWords need ZooKeeper's framing", () => {
  const options = { ...GOOD, fourLetterWords: ["ruok", "srvr"] };
  expect(() => checkListenOptions(options, WIRE)).not.toThrow();
  expect(() => checkListenOptions(options, NO_WIRE)).toThrow(named("fourLetterWords"));
  expect(() => checkListenOptions({ ...GOOD, fourLetterWords: [] }, NO_WIRE)).not.toThrow();
});

it("a limit in time is what a timer can wait", () => {
  for (const value of [0, 0.5, 2 ** 31 - 1]) expect(() => checkTimeoutMs("dialTimeoutMs", value)).not.toThrow();
  for (const value of [-1, 2 ** 31, Number.NaN, Infinity, undefined, null, "5"]) {
    expect(() => checkTimeoutMs("dialTimeoutMs", value)).toThrow(named("dialTimeoutMs"));
  }
});
