import { describe, expect, it } from "vitest";
import type { Session } from "../src/index.ts";
import { errorOf, scripted } from "./support/kit.ts";

/** As from where types are not checked. */
// oxlint-disable-next-line typescript/no-explicit-any -- what it is about
type Anything = any;

type Call = (session: Session, options: Anything) => Promise<unknown>;

const CALLS: Readonly<Record<string, Call>> = {
  get: (session, options) => session.get("/a", options),
  exists: (session, options) => session.exists("/a", options),
  children: (session, options) => session.children("/a", options),
  create: (session, options) => session.create("/a", "x", options),
  set: (session, options) => session.set("/a", "x", options),
  delete: (session, options) => session.delete("/a", options),
  getAcl: (session, options) => session.getAcl("/a", options),
  setAcl: (session, options) => session.setAcl("/a", [], options),
  commit: (session, options) => session.transaction().delete("/a").commit(options),
  sync: (session, options) => session.sync(options),
  ephemerals: (session, options) => session.ephemerals("/", options),
  descendantCount: (session, options) => session.descendantCount("/a", options),
  whoAmI: (session, options) => session.whoAmI(options),
  addAuth: (session, options) => session.addAuth("digest", "a:b", options),
  watch: (session, options) => session.watch("/a", options),
};
const VERSIONED: Readonly<Record<string, Call>> = {
  set: CALLS["set"]!,
  delete: CALLS["delete"]!,
  setAcl: CALLS["setAcl"]!,
  "set in a transaction": (session, options) => session.transaction().set("/a", "x", options).commit(),
  "delete in a transaction": (session, options) => session.transaction().delete("/a", options).commit(),
};

describe.each(Object.entries(CALLS))("the options of %s", (_, call) => {
  it.each([null, 3, "x", true, [], () => undefined])("have to be an object, not %o", async (options) => {
    const { channel, session } = scripted();
    const error = await errorOf(call(session, options));
    expect(error).toMatchObject({ code: "BAD_ARGUMENTS", outcome: "not-applied" });
    expect(error.message).toMatch(/^the options of /);
    expect(channel.sent).toEqual([]);
  });

  it.each<[object, RegExp]>([
    [{ deadlinesMs: 5 }, /"deadlinesMs" is no option of .*; there are signal, deadlineMs/],
    [{ deadlineMs: "5" }, /deadlineMs of .* is "5"/],
    [{ deadlineMs: Number.NaN }, /deadlineMs is NaN/],
    [{ signal: {} }, /signal is a value of type object/],
    [{ signal: null }, /signal is null/],
  ])("are known and mean something, unlike %o", async (options, message) => {
    const { channel, session } = scripted();
    const error = await errorOf(call(session, options));
    expect(error.code).toBe("BAD_ARGUMENTS");
    expect(error.message).toMatch(message);
    expect(channel.sent).toEqual([]);
  });
});

describe.each(Object.entries(VERSIONED))("a version that stands by itself in %s", (_, call) => {
  it.each([0, 3, -1])("is refused, since nobody would look at it: %i", async (version) => {
    const { channel, session } = scripted();
    const error = await errorOf(call(session, version));
    expect(error).toMatchObject({ code: "BAD_ARGUMENTS", outcome: "not-applied" });
    expect(error.message).toContain(`give { version: ${version} }`);
    expect(channel.sent).toEqual([]);
  });
});

it.each<[string, Call, RegExp]>([
  [
    "text as recursive",
    (session) => session.watch("/a", { recursive: "yes" } as Anything),
    /recursive of watch is "yes"/,
  ],
  ["text as once", (session) => session.watch("/a", { once: "no" } as Anything), /once of watch is "no"/],
  [
    "text as parents",
    (session) => session.create("/a", "x", { parents: "no" } as Anything),
    /parents of create is "no"/,
  ],
  ["a number as a mode", (session) => session.create("/a", "x", { mode: 1 } as Anything), /mode is one of .*, not 1/],
  ["text as a version", (session) => session.set("/a", "x", { version: "1" } as Anything), /version .*, not "1"/],
  ["a version without bits", (session) => session.delete("/a", { version: null } as Anything), /version .*, not null/],
  [
    "text as ttlMs",
    (session) => session.create("/a", "x", { mode: "ttl", ttlMs: "9" } as Anything),
    /ttlMs .*, not "9"/,
  ],
  ["nothing as an ACL's entry", (session) => session.setAcl("/a", [null] as Anything), /scheme and id/],
  ["text as consistency", (session) => session.get("/a", { consistency: "strong" } as Anything), /not "strong"/],
  [
    "a name of no option in a transaction",
    (session) =>
      session
        .transaction()
        .set("/a", "x", { v: 1 } as Anything)
        .commit(),
    /"v" is no option/,
  ],
  [
    "nothing as the options of a create in a transaction",
    (session) =>
      session
        .transaction()
        .create("/a", "x", null as Anything)
        .commit(),
    /the options of create/,
  ],
  ["what the ensemble keeps", (session) => session.delete("/zookeeper"), /"\/zookeeper" belongs to the ensemble/],
])("%s is refused here", async (_, call, message) => {
  const { channel, session } = scripted();
  const error = await errorOf(call(session, undefined));
  expect(error.code).toBe("BAD_ARGUMENTS");
  expect(error.message).toMatch(message);
  expect(channel.sent).toEqual([]);
});
