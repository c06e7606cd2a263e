import { expect } from "vitest";
import type { Session } from "../../src/index.ts";
import { caseOf } from "./case.ts";
import { codeOf, type SessionSetting } from "./world.ts";

export function testReads(setting: SessionSetting): void {
  caseOf(setting, "see the session's own writes, and behind a sync everybody's", async (world) => {
    const session = await world.openWithRoot();
    const other = await world.open();
    await session.set(world.root, "1");
    expect((await session.get(world.root)).text()).toBe("1");
    const synced = other.sync();
    const read = other.get(world.root);
    await synced;
    expect((await read).text()).toBe("1");
  });

  caseOf(setting, "are linearizable where a quorum confirms it, and refused where none does", async (world) => {
    const session = await world.openWithRoot();
    const reader = await world.open();
    await session.set(world.root, "1");
    const reads = (options: { readonly acceptSync?: boolean }): Promise<string>[] => {
      const linearizable = { consistency: "linearizable", ...options } as const;
      return [
        reader.get(world.root, linearizable).then((znode) => znode.text()),
        reader.exists(world.root, linearizable).then((stat) => String(stat?.version)),
        reader.children(world.root, linearizable).then(({ stat }) => String(stat.version)),
        reader.getAcl(world.root, linearizable).then(({ stat }) => String(stat.version)),
      ];
    };
    if (world.lacks("linearizable")) {
      for (const read of reads({})) expect(await codeOf(read)).toBe("UNSUPPORTED");
      expect(await Promise.all(reads({ acceptSync: true }))).toEqual(["1", "1", "1", "1"]);
    } else {
      expect(await Promise.all(reads({}))).toEqual(["1", "1", "1", "1"]);
      expect(reader.supports.linearizable).toBe(true);
    }
  });

  caseOf(setting, "are bounded where that can be told, and refused where it cannot", async (world) => {
    const session = await world.openWithRoot();
    const read = session.get(world.root, { consistency: { kind: "bounded", stalenessMaxMs: 60_000 } });
    const strict = session.get(world.root, { consistency: { kind: "bounded", stalenessMaxMs: 0 } });
    const outcomes = await Promise.allSettled([read, strict]);
    const codes = outcomes.map((outcome) => (outcome.status === "rejected" ? outcome.reason.code : "read"));
    expect(codes).toEqual(session.supports.bounded ? ["read", "read"] : ["UNSUPPORTED", "UNSUPPORTED"]);
  });

  caseOf(setting, "stand in the order of the calls, between the writes", async (world) => {
    const session = await world.openWithRoot();
    const reads = Array.from({ length: 50 }, async (_, index) => {
      const [, znode] = await both(session, world.root, String(index));
      return znode;
    });
    expect(await Promise.all(reads)).toEqual(reads.map((_, index) => String(index)));
  });
}

function both(session: Session, path: string, text: string): Promise<[unknown, string]> {
  return Promise.all([session.set(path, text), session.get(path).then((znode) => znode.text())]);
}
