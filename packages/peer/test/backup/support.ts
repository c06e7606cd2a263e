import { CoterieError, type LogEntry } from "@coterie/interface";
import { createPlatformClock } from "@coterie/platform";
import { type BackupHeader, verifyBackup } from "../../src/index.ts";
import { loadBackup } from "../../src/backup/load-backup.ts";
import { readBackup } from "../../src/backup/read-backup.ts";
import { streamBackup } from "../../src/backup/stream-backup.ts";
import { writeBackup } from "../../src/backup/write-backup.ts";
import { Replica } from "../../src/engine/state/replica.ts";
import { Slices } from "../../src/engine/state/slices.ts";
import type { Engines, EnginesOptions, TestPeer, TestSession } from "../support/engines.ts";

/** Checkpoints come often, and so do purges. */
export const SMALL: EnginesOptions = {
  limits: { checkpointIntervalBytes: 4_000 },
  consensusLimits: { historyWindowMax: 4, historyWindowMaxBytes: 1_000, frameSizeTargetBytes: 2_000 },
};

const OPEN_ACL = [{ perms: 31, scheme: "world", id: "anyone" }];

/** A backup of a peer of `engines`, whose time it goes by. */
export function backupOf(
  engines: Engines,
  peer: TestPeer,
  options: { readonly bytesPerSecond?: number; readonly signal?: AbortSignal } = {},
): AsyncGenerator<Uint8Array, void> {
  const { backups } = peer.host;
  if (backups === null) throw new Error("the peer does not run");
  const { bytesPerSecond = Infinity, signal } = options;
  const { clock } = engines;
  return streamBackup(() => backups.begin(), { clock, bytesPerSecond, signal, kept: (work) => work });
}

/** `count` znodes of 50 bytes, ten a turn. */
export async function writeMany(engines: Engines, peer: TestPeer, session: TestSession, count: number): Promise<void> {
  const { applieds } = peer.handler;
  for (let done = 0; done < count; done += 10) {
    const from = applieds.length;
    for (let index = 0; index < 10; index++) {
      const path = `/${from}-${index}`;
      peer.ask(session, { kind: "create", path, data: new Uint8Array(50), acl: OPEN_ACL, flags: 0 });
    }
    await engines.until("ten more are there", () => applieds.length >= from + 10);
    await engines.pass(1);
  }
}

/** Times are those of the engines' clock: they have to pass for it to go on. */
export async function collect(engines: Engines, backup: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  return engines.settled(gather(backup));
}

export async function gather(backup: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of backup) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** In pieces of a size that fits nothing. */
export async function* inPieces(bytes: Uint8Array, sizeBytes = 1000): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += sizeBytes) yield bytes.subarray(at, at + sizeBytes);
}

export async function load(bytes: Uint8Array): Promise<{ readonly header: BackupHeader; readonly replica: Replica }> {
  const replica = new Replica({});
  const slices = new Slices(createPlatformClock(), 100, () => undefined);
  const header = await loadBackup(inPieces(bytes), replica, slices);
  return { header, replica };
}

/** The same, whole, with another header. */
export async function withHeader(bytes: Uint8Array, change: Partial<BackupHeader>): Promise<Uint8Array> {
  let found: BackupHeader | null = null;
  const pages: Uint8Array[][] = [];
  const entries: (readonly LogEntry[])[] = [];
  for await (const item of readBackup(inPieces(bytes))) {
    if (item.kind === "header") found = item.header;
    else if (item.kind === "page") pages.push([item.bytes]);
    else if (item.kind === "entries") entries.push(item.entries);
  }
  return gather(writeBackup({ ...found!, ...change }, { pages: each(pages), entries: each(entries) }));
}

export async function* each<T>(items: Iterable<T>): AsyncGenerator<T, void> {
  yield* items;
}

/** The code under which it is refused; null if it is taken for whole. */
export async function refusalOf(bytes: Uint8Array): Promise<string | null> {
  try {
    await verifyBackup(inPieces(bytes));
    return null;
  } catch (error) {
    if (error instanceof CoterieError) return error.code;
    throw error;
  }
}
