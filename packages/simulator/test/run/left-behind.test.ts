import { type CoreStateMachine, createStateMachine, type WriteRequest } from "@coterie/core";
import { type PeerId, SESSION_NONE, type SessionId, type WallTimeMs, type Zxid } from "@coterie/interface";
import { beforeEach, describe, expect, it } from "vitest";
import { writeOf } from "../../src/peer/calls.ts";
import { leftBehind } from "../../src/run/left-behind.ts";

let machine: CoreStateMachine;

function write(request: WriteRequest, sessionId: SessionId = SESSION_NONE): void {
  const zxid = (machine.lastAppliedZxid + 1) as Zxid;
  const context = { zxid, timeMs: 0 as WallTimeMs, sessionId, cxid: 0, identities: [] };
  const { outcome } = machine.apply(zxid, machine.prepare(request, context));
  expect(outcome.kind).not.toBe("error");
}

function open(): SessionId {
  write({ kind: "createSession", peerId: 1 as PeerId, timeoutMs: 1000, verifier: Uint8Array.of(1) });
  return [...machine.sessions()].at(-1)!.id;
}

beforeEach(() => {
  machine = createStateMachine();
  write(writeOf({ kind: "create", path: "/e", data: "", mode: "persistent" }));
});

describe("what is left behind", () => {
  it("is nothing where each session has its client, and the closed ones are gone with their ephemerals", () => {
    const [held, closed] = [open(), open()];
    for (const [index, session] of [held, closed].entries())
      write(writeOf({ kind: "create", path: `/e/c${index}`, data: "", mode: "ephemeral" }), session);
    write(writeOf({ kind: "create", path: "/e/stays", data: "", mode: "persistent" }), closed);
    write({ kind: "closeSession", id: closed });
    expect(leftBehind(machine, new Set([held]))).toEqual([]);
  });

  it("is a session whose client has gone, with its ephemerals", () => {
    const [held, gone] = [open(), open()];
    write(writeOf({ kind: "create", path: "/e/c1", data: "", mode: "ephemeral" }), gone);
    expect(leftBehind(machine, new Set([held]))).toEqual([
      expect.stringMatching(/^session /),
      expect.stringMatching(/^\/e\/c1 of session /),
    ]);
  });

  it("is an ephemeral that outlives its session", () => {
    const session = open();
    write(writeOf({ kind: "create", path: "/e/c1", data: "", mode: "ephemeral" }), session);
    const forgetful = {
      sessions: () => [][Symbol.iterator](),
      read: machine.read.bind(machine),
    };
    expect(leftBehind(forgetful, new Set([session]))).toEqual([expect.stringMatching(/^\/e\/c1 of session /)]);
  });
});
