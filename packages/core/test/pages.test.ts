import { CoterieError, type SessionId, type WallTimeMs, type Zxid } from "@coterie/interface";
import type { Acl } from "@coterie/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OPEN_ACL } from "../src/acl/acl-table.ts";
import { readPage, type SessionRecord, type ZnodeRecord } from "../src/checkpoint/page-reader.ts";
import { PAGE_SIZE_TARGET_BYTES, PageWriter } from "../src/checkpoint/page-writer.ts";
import { createEmptyState, type State } from "../src/state.ts";
import {
  AVERSION,
  CTIME,
  CVERSION,
  CZXID,
  longAt,
  MTIME,
  MZXID,
  OWNER,
  PZXID,
  VERSION,
} from "../src/tree/znode-record.ts";

/** A znode by what it means, and not by where that stands in a page. */
interface Znode {
  readonly id: number;
  readonly parent: number;
  readonly name: Uint8Array;
  readonly data: Uint8Array | null;
  readonly czxid: number;
  readonly mzxid: number;
  readonly pzxid: number;
  readonly ctime: number;
  readonly mtime: number;
  readonly version: number;
  readonly cversion: number;
  readonly aversion: number;
  readonly owner: bigint;
  readonly acl: readonly Acl[];
}

function znodeOf(record: ZnodeRecord, page: Uint8Array, acls: readonly Acl[][]): Znode {
  const words = new Int32Array(AVERSION + 1);
  record.readWords(words, 0);
  return {
    id: record.id,
    parent: record.parent,
    name: page.slice(record.nameStart, record.nameEnd),
    data: record.dataStart < 0 ? null : page.slice(record.dataStart, record.dataEnd),
    czxid: longAt(words, CZXID),
    mzxid: longAt(words, MZXID),
    pzxid: longAt(words, PZXID),
    ctime: longAt(words, CTIME),
    mtime: longAt(words, MTIME),
    version: words[VERSION]!,
    cversion: words[CVERSION]!,
    aversion: words[AVERSION]!,
    owner: (BigInt(words[OWNER]!) << 32n) | BigInt(words[OWNER + 1]! >>> 0),
    acl: acls[record.aclIndex]!,
  };
}

/** What a page says, in its order. */
type Entry = readonly [kind: string, value: unknown];

function entriesOf(page: Uint8Array): Entry[] {
  const entries: Entry[] = [];
  const acls: Acl[][] = [];
  readPage(page, {
    acl: (list) => void acls.push([...list]),
    znode: (record) => void entries.push(["znode", znodeOf(record, page, acls)]),
    znodeGone: (id) => void entries.push(["znodeGone", id]),
    session: (record: SessionRecord) =>
      void entries.push(["session", { ...record, verifier: record.verifier.slice() }]),
    sessionGone: (id) => void entries.push(["sessionGone", id]),
  });
  return entries;
}

function pagesOf(state: State, write: (pages: PageWriter) => void): Uint8Array[] {
  const pages = new PageWriter(state.tree, state.acls);
  write(pages);
  pages.flush();
  const all: Uint8Array[] = [];
  for (let page = pages.shift(); page !== undefined; page = pages.shift()) all.push(page);
  return all;
}

function rootedState(): State {
  const state = createEmptyState({});
  state.tree.createRoot(state.acls.acquire(OPEN_ACL));
  return state;
}

const int32 = fc.oneof(fc.constant(0), fc.integer({ min: -0x80000000, max: 0x7fffffff }));
const long = fc.oneof(fc.constant(5), fc.nat({ max: Number.MAX_SAFE_INTEGER }));
const fieldsArbitrary = fc.record({
  czxid: long,
  mzxid: long,
  pzxid: long,
  ctime: long,
  mtime: long,
  version: int32,
  cversion: int32,
  aversion: int32,
  owner: fc.oneof(fc.constant(0n), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  data: fc.option(fc.uint8Array({ maxLength: 40 })),
  acl: fc.constantFrom<readonly Acl[]>(
    OPEN_ACL,
    [{ perms: 1, scheme: "ip", id: "::1" }],
    [{ perms: -1, scheme: "\u0416", id: "" }],
  ),
});

describe("a page", () => {
  it("gives back every field of every znode, those that are left out too", () => {
    fc.assert(
      fc.property(fc.array(fieldsArbitrary, { minLength: 1, maxLength: 8 }), (all) => {
        const state = rootedState();
        const { tree, acls } = state;
        const expected: Znode[] = [];
        for (const [index, fields] of all.entries()) {
          const { data, owner, acl, ...rest } = fields;
          const name = `n${index}\u0416`;
          const aclId = acls.acquire(acl);
          const id = tree.create(`/${name}`, { data, aclId, owner, zxid: 1 as Zxid, timeMs: 1 as WallTimeMs });
          const ref = tree.ids.refOf(id);
          for (const [field, value] of [
            [CZXID, rest.czxid],
            [MZXID, rest.mzxid],
            [PZXID, rest.pzxid],
            [CTIME, rest.ctime],
            [MTIME, rest.mtime],
          ] as const) {
            tree.records.setLong(ref, field, value);
          }
          tree.records.set(ref, VERSION, rest.version);
          tree.records.set(ref, CVERSION, rest.cversion);
          tree.records.set(ref, AVERSION, rest.aversion);
          expected.push({ ...rest, id, parent: 1, name: new TextEncoder().encode(name), owner, acl, data });
        }
        const [page, ...others] = pagesOf(state, (pages) => {
          for (const { id } of expected) pages.znode(tree.ids.refOf(id));
        });
        expect(others).toEqual([]);
        expect(entriesOf(page!)).toEqual(expected.map((record) => ["znode", record]));
      }),
    );
  });

  it("gives back sessions, and what is gone", () => {
    const state = rootedState();
    const session = {
      id: -5n as SessionId,
      timeoutMs: 7,
      verifier: Uint8Array.of(1, 2),
      czxid: (2 ** 40) as Zxid,
      ephemerals: new Set<number>(),
    };
    const [page] = pagesOf(state, (pages) => {
      pages.session(session);
      pages.znodeGone(9);
      pages.sessionGone(-6n as SessionId);
    });
    const { ephemerals: _, ...record } = session;
    expect(entriesOf(page!)).toEqual([
      ["session", record],
      ["znodeGone", 9],
      ["sessionGone", -6n],
    ]);
  });

  it("closes near its target size, can be read by itself, and holds each ACL once", () => {
    const state = rootedState();
    const { tree, acls } = state;
    const lists = [1, 2, 3].map((perms): Acl[] => [{ perms, scheme: "x509", id: "CN=".padEnd(500, "x") }]);
    for (let i = 0; i < 3000; i++) {
      const aclId = acls.acquire(lists[i % 3]!);
      tree.create(`/${i}`, { data: new Uint8Array(50), aclId, owner: 0n, zxid: 1 as Zxid, timeMs: 1 as WallTimeMs });
    }
    const pages = pagesOf(state, (writer) => {
      for (let id = 1; id < tree.ids.end; id++) writer.znode(tree.ids.refOf(id));
    });
    expect(pages.length).toBeGreaterThan(2);
    let count = 0;
    // From the last to the first: none needs one before it.
    for (const page of pages.toReversed()) {
      expect(page.length).toBeLessThan(PAGE_SIZE_TARGET_BYTES + 1000);
      const entries = entriesOf(page);
      count += entries.length;
      for (const [, value] of entries) {
        const { id, acl } = value as Znode;
        expect(acl).toEqual(id === 1 ? OPEN_ACL : lists[(id - 2) % 3]);
      }
    }
    expect(count).toBe(3001);
    expect(pages.slice(0, -1).every((page) => page.length >= PAGE_SIZE_TARGET_BYTES)).toBe(true);
  });

  it("of another version is refused by name", () => {
    for (const page of [Uint8Array.of(2), Uint8Array.of(0, 1), new Uint8Array(0)]) {
      expect(() => entriesOf(page)).toThrow(CoterieError);
    }
    expect(() => entriesOf(Uint8Array.of(2))).toThrow(/its version is 2, this build reads 1/);
  });
});
