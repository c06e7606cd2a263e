import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { platform } from "node:process";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openAdminSocket } from "../src/command/admin/admin-socket.ts";
import { askForBackup } from "../src/command/admin/ask-for-backup.ts";
import { createPeer, memory } from "../src/index.ts";

const closers: (() => unknown)[] = [];
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coterie-admin-"));
});
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
  rmSync(folder, { recursive: true, force: true });
});

/** The path of the admin socket of a peer that serves. */
async function open(questionMaxMs?: number): Promise<string> {
  const path = platform === "win32" ? `\\\\.\\pipe\\${folder.replaceAll(/\W/g, "-")}` : join(folder, "admin");
  const peer = createPeer({ id: 1, ensemble: { 1: "127.0.0.1:1" }, storage: memory() });
  closers.push(() => peer.stop());
  await peer.start();
  await peer.ready();
  const admin = await openAdminSocket(peer, path, questionMaxMs);
  closers.push(() => admin.close());
  return path;
}

async function dial(
  path: string,
  bytes: Uint8Array,
): Promise<{ readonly socket: Socket; readonly ended: Promise<unknown> }> {
  const socket = connect(path);
  closers.push(() => socket.destroy());
  socket.on("error", () => undefined).resume();
  const ended = once(socket, "close");
  await once(socket, "connect");
  socket.write(bytes);
  return { socket, ended };
}

async function backupBytes(path: string): Promise<number> {
  let bytes = 0;
  for await (const piece of askForBackup(path, null)) bytes += piece.length;
  return bytes;
}

it("who has a place and asks for nothing, or for half of something, loses it in time", async () => {
  const path = await open(50);
  // The length of a question, and less than that.
  const starts = [Uint8Array.of(), Uint8Array.of(0, 0), Uint8Array.of(0, 0, 0, 40, 123, 34)];
  const silent = await Promise.all(Array.from({ length: 8 }, (_value, index) => dial(path, starts[index % 3]!)));
  await Promise.all(silent.map(({ ended }) => ended));
  expect(silent.map(({ socket }) => socket.bytesRead)).toEqual(silent.map(() => 0));
  expect(await backupBytes(path)).toBeGreaterThan(0);
});

it("holds eight at once and no more; what is no question is told so, and ends", async () => {
  const path = await open();
  const all = await Promise.all(Array.from({ length: 8 }, () => dial(path, Uint8Array.of())));
  await expect(backupBytes(path)).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
  const [first] = all;
  const told: Buffer[] = [];
  first!.socket.on("data", (chunk) => told.push(chunk));
  const question = Buffer.from('{"command":"restore"}');
  first!.socket.write(Buffer.concat([Buffer.from([0, 0, 0, question.length]), question]));
  await first!.ended;
  expect(Buffer.concat(told).toString("latin1")).toContain("BAD_ARGUMENTS");
});
