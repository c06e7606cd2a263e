import fc from "fast-check";
import type {
  Acl,
  AclSpec,
  ConnectRequest,
  ConnectResponse,
  MultiOp,
  MultiReadOp,
  MultiResult,
  Opcode,
  Request,
  RequestBody,
  Response,
  ResponseBody,
  Stat,
} from "../src/index.ts";
import { OPCODES } from "../src/index.ts";

// Every value that the records can hold, so that what is written can be read back as it was.

const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const long = fc.oneof(
  fc.maxSafeInteger(),
  fc.constantFrom(0, -1, 1, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER),
);
const bigLong = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.constant(0n));
/** Any well-formed text, of every plane; a surrogate without its partner does not survive and has a test of its own. */
const text = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.constantFrom("", "/", "/zookeeper/config"));
const path = fc.oneof(
  text,
  fc.array(fc.string({ minLength: 1 })).map((names) => `/${names.join("/")}`),
);
const bytes = fc.uint8Array({ maxLength: 80 });
const data = fc.option(bytes);
const texts = fc.array(text, { maxLength: 5 });
const acl: fc.Arbitrary<Acl> = fc.record({ perms: int, scheme: text, id: text });
const aclSpec: fc.Arbitrary<AclSpec> = fc.record({ perms: int, scheme: text, id: fc.option(text) });
const acls = fc.option(fc.array(acl, { maxLength: 4 }));
const aclSpecs = fc.option(fc.array(aclSpec, { maxLength: 4 }));

const stat: fc.Arbitrary<Stat> = fc.record({
  czxid: long,
  mzxid: long,
  ctime: long,
  mtime: long,
  version: int,
  cversion: int,
  aversion: int,
  ephemeralOwner: bigLong,
  dataLength: int,
  numChildren: int,
  pzxid: long,
});

function kind<Name extends string>(...names: Name[]): fc.Arbitrary<Name> {
  return fc.constantFrom(...names);
}

const multiOp: fc.Arbitrary<MultiOp> = fc.oneof(
  fc.record({ kind: kind("create", "create2", "createContainer"), path, data, acl: aclSpecs, flags: int }),
  fc.record({ kind: kind("createTTL"), path, data, acl: aclSpecs, flags: int, ttlMs: long }),
  fc.record({ kind: kind("delete", "check"), path, version: int }),
  fc.record({ kind: kind("setData"), path, data, version: int }),
);

const multiReadOp: fc.Arbitrary<MultiReadOp> = fc.oneof(
  fc.record({ kind: kind("getData"), path, watch: fc.boolean() }),
  fc.record({ kind: kind("getChildren"), path, watch: fc.boolean() }),
);

/** One arbitrary a record, so that no kind is rarer than another. check is left out: it only stands in a multi. */
export const requestBody: fc.Arbitrary<RequestBody> = fc.oneof(
  multiOp.filter((op) => op.kind !== "check"),
  multiReadOp,
  fc.record({ kind: kind("exists"), path, watch: fc.boolean() }),
  fc.record({ kind: kind("getChildren2"), path, watch: fc.boolean() }),
  fc.record({ kind: kind("getACL"), path }),
  fc.record({ kind: kind("setACL"), path, acl: aclSpecs, version: int }),
  fc.record({ kind: kind("sync"), path }),
  fc.record({ kind: kind("multi"), ops: fc.array(multiOp, { maxLength: 5 }) }),
  fc.record({ kind: kind("multiRead"), ops: fc.array(multiReadOp, { maxLength: 5 }) }),
  fc.record({
    kind: kind("reconfig"),
    joiningServers: fc.option(text),
    leavingServers: fc.option(text),
    newMembers: fc.option(text),
    curConfigId: long,
  }),
  fc.record({ kind: kind("checkWatches", "removeWatches"), path, watcherType: int }),
  fc.record({
    kind: kind("setWatches"),
    relativeZxid: long,
    dataWatches: texts,
    existWatches: texts,
    childWatches: texts,
  }),
  fc.record({
    kind: kind("setWatches2"),
    relativeZxid: long,
    dataWatches: texts,
    existWatches: texts,
    childWatches: texts,
    persistentWatches: texts,
    persistentRecursiveWatches: texts,
  }),
  fc.record({ kind: kind("addWatch"), path, mode: int }),
  fc.record({ kind: kind("auth"), authType: int, scheme: text, auth: data }),
  fc.record({ kind: kind("sasl"), token: data }),
  fc.record({ kind: kind("getEphemerals"), prefixPath: fc.option(path) }),
  fc.record({ kind: kind("getAllChildrenNumber"), path }),
  fc.record({ kind: kind("ping", "whoAmI", "closeSession") }),
);

export const request: fc.Arbitrary<Request> = fc.record({ xid: int, body: requestBody });

const multiResult: fc.Arbitrary<MultiResult> = fc.oneof(
  fc.record({ kind: kind("create"), path }),
  fc.record({ kind: kind("create2"), path, stat }),
  fc.record({ kind: kind("setData"), stat }),
  fc.record({ kind: kind("getData"), data, stat }),
  fc.record({ kind: kind("getChildren"), children: texts }),
  fc.record({ kind: kind("delete", "check") }),
  fc.record({ kind: kind("error"), err: int }),
);

export const responseBody: fc.Arbitrary<ResponseBody> = fc.oneof(
  fc.record({ kind: kind("create"), path }),
  fc.record({ kind: kind("create2", "createContainer", "createTTL"), path, stat }),
  fc.record({ kind: kind("exists", "setData"), stat }),
  fc.record({ kind: kind("getData"), data, stat }),
  fc.record({ kind: kind("getACL"), acl: acls, stat }),
  fc.record({ kind: kind("setACL"), stat }),
  fc.record({ kind: kind("getChildren"), children: texts }),
  fc.record({ kind: kind("getChildren2"), children: texts, stat }),
  fc.record({ kind: kind("getEphemerals"), ephemerals: texts }),
  fc.record({ kind: kind("getAllChildrenNumber"), totalNumber: int }),
  fc.record({ kind: kind("sync"), path }),
  fc.record({ kind: kind("multi", "multiRead"), results: fc.array(multiResult, { maxLength: 5 }) }),
  fc.record({ kind: kind("reconfig"), data, stat }),
  fc.record({ kind: kind("notification"), eventType: int, state: int, path }),
  fc.record({ kind: kind("addWatch"), err: int }),
  fc.record({ kind: kind("sasl"), token: data }),
  fc.record({
    kind: kind("whoAmI"),
    clientInfo: fc.array(fc.record({ authScheme: text, user: text }), { maxLength: 4 }),
  }),
  fc.record({
    kind: kind("delete", "ping", "checkWatches", "removeWatches", "setWatches", "setWatches2", "auth", "closeSession"),
  }),
);

export interface AnsweredResponse {
  readonly opcode: Opcode;
  readonly response: Response;
}

/** A response and the opcode it answers, which only the receiver knows. */
export const answeredResponse: fc.Arbitrary<AnsweredResponse> = fc.oneof(
  fc.record({ xid: int, zxid: long, body: responseBody }).map(({ xid, zxid, body }) => ({
    opcode: OPCODES[body.kind],
    response: { xid, zxid, err: 0, body },
  })),
  fc
    .record({ xid: int, zxid: long, err: int.filter((err) => err !== 0), opcode: fc.constantFrom(...allOpcodes()) })
    .map(({ xid, zxid, err, opcode }) => ({ opcode, response: { xid, zxid, err, body: null } })),
);

export const connectRequest: fc.Arbitrary<ConnectRequest> = fc.record({
  protocolVersion: int,
  lastZxidSeen: long,
  timeoutMs: int,
  sessionId: bigLong,
  password: data,
  readOnly: fc.option(fc.boolean()),
});

export const connectResponse: fc.Arbitrary<ConnectResponse> = fc.record({
  protocolVersion: int,
  timeoutMs: int,
  sessionId: bigLong,
  password: bytes,
  readOnly: fc.option(fc.boolean()),
});

export function allOpcodes(): Opcode[] {
  return Object.values(OPCODES);
}
