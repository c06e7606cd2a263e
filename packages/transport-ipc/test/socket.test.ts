import type { Listener } from "@coterie/interface";
import { once } from "node:events";
import { chmodSync, linkSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSocketTransport } from "../src/index.ts";
import { lockPath } from "../src/socket/socket-address.ts";

const OPTIONS = { frameSizeMaxBytes: 1000, sendQueueTargetBytes: 1000 };
const HANDLER = { accept: () => QUIET, refused: () => undefined };
const QUIET = {
  opened: () => undefined,
  received: () => undefined,
  drained: () => undefined,
  closed: () => undefined,
};

let folder = "";
const listeners: Listener[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coterie-"));
});
afterEach(async () => {
  for (const listener of listeners.splice(0)) await listener.close();
  rmSync(folder, { recursive: true });
});

async function listen(path: string): Promise<Listener> {
  const listener = await createSocketTransport().listen(path, HANDLER, OPTIONS);
  listeners.push(listener);
  return listener;
}

/** A socket to which nobody listens any more, as a process that was killed leaves it. */
async function leaveStale(path: string): Promise<void> {
  // Only the name that it was made with is taken away when a server closes, so this one is linked beside it.
  const server: Server = createServer().listen(`${path}-made`);
  await once(server, "listening");
  linkSync(`${path}-made`, path);
  server.close();
  await once(server, "close");
}

describe.skipIf(process.platform === "win32")("a unix socket", () => {
  it("is for its own user alone, and leaves nothing beside itself", async () => {
    const path = join(folder, "peer");
    const listener = await listen(path);
    // With bigints: behind a plain statSync of a socket Node.js 20 no longer resolves symbolic links of modules (its realpathSync asks the
    // values that are left from it), and test files share a process.
    const mode = Number(statSync(path, { bigint: true }).mode & 0o777n);
    expect([listener.address, mode, readdirSync(folder)]).toEqual([path, 0o600, ["peer"]]);
    await listener.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("takes the place of one to which nobody listens", async () => {
    const path = join(folder, "peer");
    await leaveStale(path);
    await listen(path);
    expect(readdirSync(folder)).toEqual(["peer"]);
  });

  it("does not take the place of one to which somebody listens, nor of a file", async () => {
    const path = join(folder, "peer");
    await listen(path);
    await expect(listen(path)).rejects.toMatchObject({ code: "ADDRESS_IN_USE" });
    const file = join(folder, "file");
    writeFileSync(file, "precious");
    await expect(listen(file)).rejects.toMatchObject({ code: "ADDRESS_UNUSABLE" });
    expect(readdirSync(folder)).toEqual(["file", "peer"]);
  });

  it("is made once when two want it at once, whatever was there before", async () => {
    for (const isStale of [false, true]) {
      const path = join(folder, `peer-${isStale}`);
      if (isStale) await leaveStale(path);
      const outcomes = await Promise.allSettled([listen(path), listen(path), listen(path)]);
      expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "ADDRESS_IN_USE" });
      }
    }
  });

  it("is made once when many want the place of dead ones, again and again", async () => {
    for (let round = 0; round < 25; round += 1) {
      const path = join(folder, `peer-${round}`);
      await leaveStale(path);
      const outcomes = await Promise.allSettled(Array.from({ length: 2 + (round % 5) }, () => listen(path)));
      expect([round, outcomes.filter(({ status }) => status === "fulfilled").length]).toEqual([round, 1]);
      await expect(listen(path), "somebody listens there").rejects.toMatchObject({ code: "ADDRESS_IN_USE" });
    }
  });

  it("takes the place of a dead one although who wanted to do so before has died as well", async () => {
    const path = join(folder, "peer");
    await leaveStale(path);
    // Twice over: whoever found the first lock without its holder died at the same point.
    for (let locked = path, times = 0; times < 2; times += 1) {
      const lock = lockPath(path, statSync(locked, { bigint: true }).ino);
      await leaveStale(lock);
      locked = lock;
    }
    await listen(path);
    expect(readdirSync(folder)).toEqual(["peer"]);
  });

  it("is not taken while somebody else is about to take it", async () => {
    const path = join(folder, "peer");
    await leaveStale(path);
    const lock = lockPath(path, statSync(path, { bigint: true }).ino);
    const holder = await listen(lock);
    await expect(listen(path)).rejects.toMatchObject({ code: "ADDRESS_IN_USE" });
    await holder.close();
    await listen(path);
  });

  it("is not taken away by a listener whose place somebody else has taken", async () => {
    const path = join(folder, "peer");
    const first = await listen(path);
    rmSync(path);
    await listen(path);
    await first.close();
    expect(readdirSync(folder)).toEqual(["peer"]);
  });

  it.each([
    ["relative", "peer"],
    ["a folder", "/"],
    ["empty", ""],
    ["with a zero", "/peer\0"],
    ["too long", `/${"x".repeat(110)}`],
  ])("cannot have a path that is %s", async (_what, path) => {
    await expect(listen(path)).rejects.toMatchObject({ code: "ADDRESS_UNUSABLE" });
  });

  it.each([undefined, null, 5, {}, Symbol("s")])("cannot have a path that is no text: %s", async (address) => {
    const path = address as string;
    await expect(listen(path)).rejects.toMatchObject({ code: "ADDRESS_UNUSABLE" });
    const code = await new Promise((resolve) => {
      createSocketTransport().dial(path, { ...QUIET, closed: (reason) => resolve(reason.code) }, OPTIONS);
    });
    expect(code).toBe("ADDRESS_UNUSABLE");
  });

  it("cannot be made in a folder that does not exist, which is said in so many words", async () => {
    await expect(listen("/nowhere-at-all/peer")).rejects.toMatchObject({
      code: "ADDRESS_UNUSABLE",
      message: expect.stringContaining("the folder /nowhere-at-all of /nowhere-at-all/peer does not exist"),
    });
  });

  it("names an option that is none, and leaves nothing behind", async () => {
    const listening = createSocketTransport().listen(join(folder, "peer"), HANDLER, {
      ...OPTIONS,
      frameSizeMaxBytes: 0,
    });
    await expect(listening).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    expect(readdirSync(folder)).toEqual([]);
    expect(() => createSocketTransport({ limits: { closeTimeoutMs: Number.NaN } })).toThrow("closeTimeoutMs");
  });

  it("cannot be made where its folder has no room for the one in which it is made", async () => {
    await expect(listen(`/${"x".repeat(98)}/p`)).rejects.toMatchObject({ code: "ADDRESS_UNUSABLE" });
  });

  it.skipIf(process.getuid?.() === 0)("cannot be made in a folder that may not be written", async () => {
    chmodSync(folder, 0o500);
    const listening = listen(join(folder, "peer"));
    await expect(listening).rejects.toMatchObject({ code: "ADDRESS_UNUSABLE" });
    chmodSync(folder, 0o700);
  });
});
