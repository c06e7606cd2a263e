// What the benches of core share: a state machine with one session, and trees of a wanted size.
import { createStateMachine } from "@coterie/core";

/** Epoch 1, so that zxids need more than 32 bits, as they do in life. */
const FIRST_ZXID = 2 ** 32 + 1;
const TIME_MS = 1_700_000_000_000;
const OPEN = [{ perms: 31, scheme: "world", id: "anyone" }];

/** A state machine, a session on it, and the writes that go through prepare and apply. */
export function createMachine() {
  const machine = createStateMachine({ hashKey: { k0: 0x12345678, k1: 0x2bcdef01 } });
  let zxid = FIRST_ZXID;
  const context = (sessionId) => ({ zxid: zxid++, timeMs: TIME_MS + (zxid >>> 4), sessionId, cxid: 1, identities: [] });

  const commit = (request, sessionId = 0n) => {
    const given = context(sessionId);
    return machine.apply(given.zxid, machine.prepare(request, given));
  };
  const opened = commit({ kind: "createSession", peerId: 1, timeoutMs: 10_000, verifier: new Uint8Array(16) });
  const sessionId = opened.outcome.id;

  return {
    machine,
    sessionId,
    /** One write, prepared and applied. */
    write: (request) => commit(request, sessionId),
    /** Many writes as one event-loop turn does them: all prepared, then all applied. */
    writeBatch(requests) {
      const txns = [];
      for (const request of requests) {
        const given = context(sessionId);
        txns.push({ zxid: given.zxid, bytes: machine.prepare(request, given) });
      }
      for (const { zxid: at, bytes } of txns) machine.apply(at, bytes);
    },
  };
}

/** Paths of 30 characters: /bench/00000042/node-000000042 */
const PARENT_SIZE = 10_000;

export function pathOf(index) {
  const parent = Math.floor(index / PARENT_SIZE);
  return `/bench/${String(parent).padStart(8, "0")}/node-${String(index).padStart(9, "0")}`;
}

export function createRequest(path, data) {
  return { kind: "create", path, data, acl: OPEN, flags: 0 };
}

/** Creates /bench and its parents for `count` znodes, so that each `pathOf` below `count` can be created. */
export function createParents(write, count) {
  write(createRequest("/bench", null));
  for (let index = 0; index < count; index += PARENT_SIZE) {
    write(createRequest(pathOf(index).slice(0, pathOf(index).lastIndexOf("/")), null));
  }
}

/** Fills the tree with `count` znodes of `data`. */
export function fill(write, count, data) {
  createParents(write, count);
  for (let index = 0; index < count; index++) write(createRequest(pathOf(index), data));
}

/** A string that is one flat piece, as one decoded from a frame is: pasted strings are ropes until first used. */
export function flat(text) {
  return Buffer.from(text).latin1Slice();
}

/** The numbers 0..count-1 in a random order that is always the same. */
export function shuffled(count) {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  let seed = 0x9e3779b9;
  for (let last = count - 1; last > 0; last--) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) | 0;
    const other = (seed >>> 0) % (last + 1);
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}
