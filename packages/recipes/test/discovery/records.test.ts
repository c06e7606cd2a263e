import type { Znode } from "@coterie/session";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withHint, withoutHint } from "../../src/discovery/payload.ts";
import { decodeInstance, encodeRecord, type ServiceRecord } from "../../src/discovery/service-instance.ts";
import { partsOf, templateOf } from "../../src/discovery/uri-spec.ts";
import { uriOf } from "../../src/index.ts";
import { World } from "../support/world.ts";

const RECORD: ServiceRecord = {
  name: "web",
  id: "1",
  address: "10.0.0.1",
  port: 80,
  sslPort: null,
  payload: "hello",
  payloadClass: null,
  registrationTimeUTC: 5,
  serviceType: "DYNAMIC",
  uriSpec: "{scheme}://{address}:{port}",
  enabled: true,
};

/** As Curator 5.4 writes an instance with a payload that is a map, and with `enabled`. */
const OF_CURATOR = `{"name":"n","id":"i","address":"10.0.0.1","port":80,"sslPort":443,"payload":{"@class":"java.util.HashMap","a":1},
"registrationTimeUTC":5,"serviceType":"DYNAMIC","uriSpec":{"parts":[{"value":"scheme","variable":true},
{"value":"://","variable":false},{"value":"address","variable":true}]},"enabled":true}`;

/** A znode that holds this. */
async function znodeWith(text: string): Promise<Znode> {
  const { session } = await new World().open();
  await session.create("/one", text);
  return session.get("/one");
}

async function decoded(text: string): Promise<unknown> {
  return decodeInstance("/one", await znodeWith(text), null);
}

describe("a record", () => {
  it("whose URI spec names a variable with a brace is refused when it is read, and not when its URI is made", async () => {
    const parts = [{ value: "a{b", variable: true }];
    const read = decoded(JSON.stringify({ name: "n", id: "i", uriSpec: { parts } }));
    await expect(read).rejects.toMatchObject({ code: "BAD_DATA", message: expect.stringContaining("braces") });
  });

  it("stands in JSON as Curator writes it, without what its older versions refuse", () => {
    expect(JSON.parse(encodeRecord(RECORD))).toEqual({
      name: "web",
      id: "1",
      address: "10.0.0.1",
      port: 80,
      sslPort: null,
      payload: "hello",
      registrationTimeUTC: 5,
      serviceType: "DYNAMIC",
      uriSpec: {
        parts: [
          { value: "scheme", variable: true },
          { value: "://", variable: false },
          { value: "address", variable: true },
          { value: ":", variable: false },
          { value: "port", variable: true },
        ],
      },
    });
    expect(JSON.parse(encodeRecord({ ...RECORD, enabled: false, uriSpec: null }))).toMatchObject({
      enabled: false,
      uriSpec: null,
    });
  });

  it("is read as it was written", async () => {
    for (const record of [
      RECORD,
      { ...RECORD, payload: [1, { a: null }], enabled: false, address: null, port: null },
    ]) {
      const read = await decoded(encodeRecord(record));
      const hint = Array.isArray(record.payload) ? { payloadClass: "java.util.ArrayList" } : {};
      expect(read).toMatchObject({ ...record, ...hint, path: "/one" });
    }
  });

  it("is read as Curator writes it", async () => {
    expect(await decoded(OF_CURATOR)).toMatchObject({
      name: "n",
      id: "i",
      sslPort: 443,
      payload: { a: 1 },
      payloadClass: "java.util.HashMap",
      uriSpec: "{scheme}://{address}",
      enabled: true,
    });
  });

  it("may lack what is null or usual", async () => {
    expect(await decoded(`{"name":"n","id":"i","later":1}`)).toMatchObject({
      address: null,
      port: null,
      payload: null,
      registrationTimeUTC: 0,
      serviceType: "DYNAMIC",
      uriSpec: null,
      enabled: true,
    });
  });

  it.each([
    "",
    "nothing",
    "[]",
    "5",
    "{}",
    `{"name":"n"}`,
    `{"name":"","id":"i"}`,
    `{"name":"n","id":5}`,
    `{"name":"n","id":"i","port":"80"}`,
    `{"name":"n","id":"i","port":80.5}`,
    `{"name":"n","id":"i","address":{}}`,
    `{"name":"n","id":"i","serviceType":"ODD"}`,
    `{"name":"n","id":"i","enabled":"no"}`,
    `{"name":"n","id":"i","uriSpec":"http://a"}`,
    `{"name":"n","id":"i","uriSpec":{"parts":[{"value":"a"}]}}`,
  ])("is none in %s", async (text) => {
    await expect(decoded(text)).rejects.toMatchObject({ code: "BAD_DATA", path: "/one" });
  });
});

describe("a payload", () => {
  it.each([
    [null, null, null],
    ["text", null, "text"],
    [5, null, 5],
    [false, null, false],
    [{ a: [1] }, null, { a: [1] }],
    [{ a: 1 }, "com.example.Load", { "@class": "com.example.Load", a: 1 }],
    [[1, 2], null, ["java.util.ArrayList", [1, 2]]],
    [[], "java.util.HashSet", ["java.util.HashSet", []]],
    [5, "java.lang.Long", ["java.lang.Long", 5]],
    ["AQI=", "[B", ["[B", "AQI="]],
  ])("%j of class %s stands there as %j", (payload, payloadClass, json) => {
    expect(withHint({ payload, payloadClass })).toEqual(json);
    const named = Array.isArray(payload) ? (payloadClass ?? "java.util.ArrayList") : payloadClass;
    expect(withoutHint(json)).toEqual({ payload, payloadClass: named });
  });

  it.each([[[1, 2]], [["x", 2]], [["a.b", 1, 2]], [[]], [{ "@class": 5 }]])("%j has no class", (json) => {
    expect(withoutHint(json)).toEqual({ payload: json, payloadClass: null });
  });

  it("is read as it was written, whatever it is", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (payload) => {
        fc.pre(JSON.stringify(payload) === JSON.stringify(JSON.parse(JSON.stringify(payload))));
        expect(withoutHint(withHint({ payload, payloadClass: null })).payload).toEqual(payload);
      }),
      { numRuns: 100 },
    );
  });
});

describe("a URI spec", () => {
  it("is filled in with what the instance says, and with what is given", () => {
    const of = (uriSpec: string | null, more: Partial<ServiceRecord> = {}): ServiceRecord => ({
      ...RECORD,
      ...more,
      uriSpec,
    });
    expect(uriOf(of(null))).toBeNull();
    expect(uriOf(of("{scheme}://{address}:{port}/{name}/{id}"))).toBe("http://10.0.0.1:80/web/1");
    expect(uriOf(of("{ scheme }://{address}:{ssl-port}", { sslPort: 443 }))).toBe("https://10.0.0.1:443");
    expect(uriOf(of("{service-type} {registration-time-utc} {[}{]}"))).toBe("dynamic 5 {}");
    expect(uriOf(of("{path}{toString}{constructor}?"))).toBe("?");
    expect(uriOf(of("{address}/{path}"), { path: "a", address: "b" })).toBe("b/a");
  });

  it.each(["{", "a}", "{a{b}}", "{a"])("%s is none", (template) => {
    expect(() => partsOf(template)).toThrow(expect.objectContaining({ code: "BAD_ARGUMENTS" }));
  });

  it("is the same as a template and as parts", () => {
    const part = fc.record({
      value: fc.string({ unit: fc.constantFrom("a", "{", "}", "/") }),
      variable: fc.constant(false),
    });
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const text = parts.map(({ value }) => value).join("");
        expect(uriOf({ ...RECORD, uriSpec: templateOf(parts) })).toBe(text);
      }),
    );
  });
});
