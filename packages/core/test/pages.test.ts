import { CoterieError, type SessionId, type WallTimeMs, type Zxid } from "@coterie/interface";
import type { Acl } from "@coterie/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OPEN_ACL } from "../src/acl/acl-table.ts";
import { type PageSink, readPage, type SessionRecord, type ZnodeRecord } from "../src/checkpoint/page-reader.ts";
import { PAGE_SIZE_TARGET_BYTES, PageWriter } from "../src/checkpoint/page-writer.ts";
import { createEmptyState, type State } from "../src/state.ts";
import { AVERSION, CTIME, CVERSION, CZXID, MTIME, MZXID, PZXID, VERSION } from "../src/tree/znode-record.ts";

/** A record with its own name and data, and not where these stand in a page. */
type Znode = Omit<ZnodeRecord, "bytes" | `${"name" | "data"}${"Start" | "End"}`> & {
  readonly name: Uint8Array;
  readonly data: Uint8Array | null;
};

function copied({ bytes, nameStart, nameEnd, dataStart, dataEnd, ...rest }: ZnodeRecord): Znode {
  const data = dataStart < 0 ? null : bytes.slice(dataStart, dataEnd);
  return { ...rest, name: bytes.slice(nameStart, nameEnd), data };
}

/** What a page says, in its order. */
interface Collected extends PageSink {
  readonly entries: (readonly [kind: string, value: unknown])[];
}

function createCollector(): Collected {
  const entries: (readonly [string, unknown])[] = [];
  return {
    entries,
    znode: (record) => void entries.push(["znode", copied(record)]),
    znodeGone: (id) => void entries.push(["znodeGone", id]),
    session: (record: SessionRecord) =>
      void entries.push(["session", { ...record, verifier: record.verifier.slice() }]),
    sessionGone: (id) => void entries.push(["sessionGone", id]),
  };
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
        const collector = createCollector();
        readPage(page!, collector);
        expect(collector.entries).toEqual(expected.map((record) => ["znode", record]));
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
    const collector = createCollector();
    readPage(page!, collector);
    const { ephemerals: _, ...record } = session;
    expect(collector.entries).toEqual([
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
      const collector = createCollector();
      readPage(page, collector);
      count += collector.entries.length;
      for (const [, value] of collector.entries) {
        const { id, acl } = value as Znode;
        expect(acl).toEqual(id === 1 ? OPEN_ACL : lists[(id - 2) % 3]);
      }
    }
    expect(count).toBe(3001);
    expect(pages.slice(0, -1).every((page) => page.length >= PAGE_SIZE_TARGET_BYTES)).toBe(true);
  });

  it("of another version is refused by name", () => {
    for (const page of [Uint8Array.of(2), Uint8Array.of(0, 1), new Uint8Array(0)]) {
      expect(() => readPage(page, createCollector())).toThrow(CoterieError);
    }
    expect(() => readPage(Uint8Array.of(2), createCollector())).toThrow(/its version is 2, this build reads 1/);
  });
});
