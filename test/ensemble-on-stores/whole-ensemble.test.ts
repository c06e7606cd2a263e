import { createPeer, type Peer, type PeerOptions } from "@coterie/peer";
import { createClassicLevelStorage, repair } from "@coterie/storage-classic-level";
import { createMemoryNetwork } from "@coterie/transport-memory";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

let folder = "";
const peers: Peer[] = [];
const IDS = [1, 2, 3];

beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "coterie-whole-"))));
afterEach(async () => {
  await stopAll();
  await rm(folder, { recursive: true, force: true });
});

const locationOf = (name: string, id: number): string => join(folder, name, String(id));

async function stopAll(): Promise<void> {
  await Promise.all(peers.splice(0).map((peer) => peer.stop()));
}

/** Each on its own store below the folder of that name. */
async function startAll(name: string, ids: readonly number[], options: Partial<PeerOptions> = {}): Promise<Peer[]> {
  const network = createMemoryNetwork();
  const ensemble = Object.fromEntries(ids.map((id) => [id, `host-${id}:1`]));
  const started = ids.map((id) => {
    const storage = createClassicLevelStorage({ location: locationOf(name, id) });
    const transport = network.transport(`host-${id}`);
    return createPeer({ id, ensemble, storage, transport, timing: "dedicated", ...options });
  });
  peers.push(...started);
  await Promise.all(started.map((peer) => peer.start()));
  return started;
}

test("an ensemble is restored from each voter's own copy, without any repair", async () => {
  const [first] = await startAll("before", IDS);
  const session = await first!.openSession();
  await session.create("/kept", "here");
  await stopAll();
  await cp(join(folder, "before"), join(folder, "backup"), { recursive: true });
  const [later] = await startAll("before", IDS);
  await (await later!.openSession()).create("/later", "lost with the disks");
  await stopAll();
  const restored = await startAll("backup", IDS);
  const again = await restored[1]!.openSession();
  const { children } = await again.children("/");
  expect(children).toContain("kept");
  expect(children).not.toContain("later");
  await again.create("/more", "goes on");
  expect(restored.map(({ status }) => status.isAmnesiac)).toEqual([false, false, false]);
});

test("a peer that has forgotten, and that nobody can tell, says so wherever somebody looks", async () => {
  const [alone] = await startAll("single", [1]);
  await (await alone!.openSession()).create("/kept", "here");
  await stopAll();
  await repair({ location: locationOf("single", 1) }, "mark-amnesiac");
  const warnings: unknown[] = [];
  const silent = (): void => undefined;
  const warn = (details: object, message: string): void => void warnings.push({ ...details, message });
  const [peer] = await startAll("single", [1], { logger: { debug: silent, info: silent, warn, error: silent } });
  expect(warnings).toContainEqual({
    code: "AMNESIA",
    message: expect.stringContaining("own copy, without any repair"),
  });
  expect(peer!.status.isAmnesiac).toBe(true);
  const refusal = { code: "NO_QUORUM", message: expect.stringContaining("AMNESIA: this peer may have forgotten") };
  await expect(peer!.ready({ deadlineMs: 1 })).rejects.toMatchObject(refusal);
});
