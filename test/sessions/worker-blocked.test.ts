import { connectPeer } from "coterie";
import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";

const TIMEOUT_MS = 1_000;
const BLOCKED_MS = 2_500;

interface Role {
  readonly state: string;
  readonly isServing: boolean;
  readonly epoch: number;
}

it("a session with a peer in a worker outlives a thread that stands still for longer than its timeout", async () => {
  const worker = new Worker(new URL("hosting-worker.mjs", import.meta.url));
  const roles: Role[] = [];
  const hosted = new Promise<void>((resolve, reject) => {
    worker.once("error", reject);
    worker.on("message", (message: { readonly role?: Role; readonly isHosted?: true }) => {
      if (message.role !== undefined) roles.push(message.role);
      if (message.isHosted === true) resolve();
    });
  });
  await hosted;
  const peer = connectPeer(worker);
  try {
    const session = await peer.openSession({ sessionTimeoutMs: TIMEOUT_MS });
    const states: string[] = [];
    session.on("state", (state) => states.push(state));
    expect(session.timeoutMs).toBe(TIMEOUT_MS);
    expect(session.supports).toMatchObject({ kind: "worker", linearizable: true });
    await session.create("/mine", "1", { mode: "ephemeral" });
    const before = await session.exists("/mine");
    const rolesBefore = [...roles];

    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BLOCKED_MS);

    // In another session, so that this one's own silence is not broken first.
    const other = await peer.openSession({ sessionTimeoutMs: TIMEOUT_MS });
    expect(await other.exists("/mine", { consistency: "linearizable" })).toEqual(before);
    expect((await session.exists("/mine"))?.ephemeralOwner).toBe(session.id);
    expect(states).toEqual([]);
    expect(rolesBefore.at(-1)).toMatchObject({ state: "leading", isServing: true });
    expect(roles).toEqual(rolesBefore);
    await session.close();
    expect(await other.exists("/mine")).toBe(null);
    await other.close();
  } finally {
    peer.leave();
    await worker.terminate();
  }
});
