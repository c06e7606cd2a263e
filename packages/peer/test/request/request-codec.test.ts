import { CoterieError, type SessionId } from "@coterie/interface";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { ClientWrite, PeerRequest } from "../../src/request/peer-request.ts";
import { RequestCodec } from "../../src/request/request-codec.ts";
import { decodeTouches, encodeTouches } from "../../src/request/touch-codec.ts";

const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const text = fc.string({ unit: "grapheme", maxLength: 20 });
const bytes = fc.uint8Array({ maxLength: 40 });
const data = fc.option(bytes);
const acl = fc.option(fc.array(fc.record({ perms: int, scheme: text, id: fc.option(text) }), { maxLength: 3 }));
const sessionId = fc
  .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  .filter((id) => id !== 0n)
  .map((id) => id as SessionId);
const token = fc.integer({ min: -(2 ** 31), max: -1 });
const attachment = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const timeoutMs = fc.integer({ min: 1, max: 2 ** 31 - 1 });

const kindOf = <Kind extends string>(...kinds: Kind[]): fc.Arbitrary<Kind> => fc.constantFrom(...kinds);
const create = fc.record({ kind: kindOf("create", "create2", "createContainer"), path: text, data, acl, flags: int });
const createTtl = fc.record({
  kind: kindOf("createTTL"),
  path: text,
  data,
  acl,
  flags: int,
  ttlMs: fc.maxSafeInteger(),
});
const remove = fc.record({ kind: kindOf("delete"), path: text, version: int });
const check = fc.record({ kind: kindOf("check"), path: text, version: int });
const set = fc.record({ kind: kindOf("setData"), path: text, data, version: int });
const setAcl = fc.record({ kind: kindOf("setACL"), path: text, acl, version: int });
const multi = fc.record({
  kind: kindOf("multi"),
  ops: fc.array(fc.oneof(create, createTtl, remove, check, set), { maxLength: 4 }),
});
const reconfig = fc.record({
  kind: kindOf("reconfig"),
  joiningServers: fc.option(text),
  leavingServers: fc.option(text),
  newMembers: fc.option(text),
  curConfigId: fc.maxSafeInteger(),
});
const close = fc.record({ kind: kindOf("closeSession"), id: fc.constant(0n as SessionId) });
const write = fc.oneof(create, createTtl, remove, set, setAcl, multi, reconfig, close) as fc.Arbitrary<ClientWrite>;

const client = fc
  .record({
    kind: kindOf("client"),
    sessionId,
    attachment,
    cxid: fc.nat(),
    identities: fc.array(fc.record({ scheme: text, id: text }), { maxLength: 3 }),
    write,
  })
  // A session closes itself.
  .map((request) =>
    request.write.kind === "closeSession"
      ? { ...request, write: { ...request.write, id: request.sessionId } }
      : request,
  );

const request: fc.Arbitrary<PeerRequest> = fc.oneof(
  fc.record({ kind: kindOf("open"), token, attachment, timeoutMs, verifier: fc.uint8Array({ maxLength: 64 }) }),
  fc.record({ kind: kindOf("attach"), token, sessionId, attachment, timeoutMs, isResumed: fc.boolean() }),
  client,
);

it("gives back every request as it was, whatever was encoded before it", () => {
  const codec = new RequestCodec();
  fc.assert(
    fc.property(fc.array(request, { minLength: 1, maxLength: 4 }), (requests) => {
      const encoded = requests.map((one) => codec.encode(one));
      expect(encoded.map((one) => codec.decode(one))).toEqual(requests);
    }),
  );
});

it("refuses every request that was cut short or has something behind it, with a typed error", () => {
  const codec = new RequestCodec();
  fc.assert(
    fc.property(request, fc.nat(), (one, at) => {
      const encoded = codec.encode(one);
      const short = encoded.slice(0, at % encoded.length);
      const long = new Uint8Array([...encoded, 0]);
      for (const wrong of [short, long]) expect(codeOf(() => codec.decode(wrong))).toBe("FRAME_CORRUPT");
    }),
  );
});

it("answers hostile bytes with a request in range or a typed error, and with nothing else", () => {
  const codec = new RequestCodec();
  const outcomes = { decoded: 0, refused: 0 };
  fc.assert(
    fc.property(request, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }), (one, changes) => {
      const hurt = codec.encode(one).slice();
      for (const [at, byte] of changes) hurt[at % hurt.length] = byte;
      let found: PeerRequest;
      try {
        found = codec.decode(hurt);
      } catch (error) {
        outcomes.refused += 1;
        expect(error instanceof CoterieError && error.code).toBe("FRAME_CORRUPT");
        return;
      }
      outcomes.decoded += 1;
      expect(found.attachment).toBeGreaterThan(0);
      expect(found.kind === "client" ? found.cxid >= 0 : found.token < 0 && found.timeoutMs > 0).toBe(true);
    }),
    { numRuns: 500 },
  );
  expect(Math.min(outcomes.decoded, outcomes.refused)).toBeGreaterThan(0);
});

it.each([
  ["a token that is none", { kind: "open", token: 0, attachment: 1, timeoutMs: 1, verifier: new Uint8Array(0) }],
  ["no attachment", { kind: "open", token: -1, attachment: 0, timeoutMs: 1, verifier: new Uint8Array(0) }],
  ["a timeout of nothing", { kind: "attach", token: -1, sessionId: 5n, attachment: 1, timeoutMs: 0, isResumed: false }],
  ["no session", { kind: "attach", token: -1, sessionId: 0n, attachment: 1, timeoutMs: 1, isResumed: false }],
  ["a verifier too long", { kind: "open", token: -1, attachment: 1, timeoutMs: 1, verifier: new Uint8Array(65) }],
])("refuses %s", (_, wrong) => {
  const codec = new RequestCodec();
  expect(codeOf(() => codec.decode(codec.encode(wrong as PeerRequest)))).toBe("FRAME_CORRUPT");
});

it("refuses what is a request of ZooKeeper's, but no write", () => {
  const codec = new RequestCodec();
  const read = { kind: "sync", path: "/" } as unknown as ClientWrite;
  const one = {
    kind: "client",
    sessionId: 5n as SessionId,
    attachment: 1,
    cxid: 1,
    identities: [],
    write: read,
  } as const;
  expect(codeOf(() => codec.decode(codec.encode(one)))).toBe("FRAME_CORRUPT");
});

it("gives back every report of touches, and refuses what is none", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ id: sessionId, timeoutMs })), fc.nat(), (touches, cut) => {
      const encoded = encodeTouches(touches);
      expect(decodeTouches(encoded)).toEqual(touches);
      const short = encoded.slice(0, cut % (encoded.length + 1));
      if (short.length % 12 === 0) expect(decodeTouches(short)).toEqual(touches.slice(0, short.length / 12));
      else expect(codeOf(() => decodeTouches(short))).toBe("FRAME_CORRUPT");
    }),
  );
  expect(codeOf(() => decodeTouches(new Uint8Array(12)))).toBe("FRAME_CORRUPT");
});

function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return error instanceof CoterieError ? error.code : String(error);
  }
  return "nothing was thrown";
}
