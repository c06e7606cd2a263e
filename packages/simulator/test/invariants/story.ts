import { type AckEpoch, encodeEnsembleConfig, type Message, type Notification } from "@coterie/consensus";
import {
  CHAIN_HASH_NONE,
  chainHash,
  type Epoch,
  type HardState,
  type LogBatch,
  type LogEntry,
  type LogPosition,
  type PeerId,
  type Zxid,
  ZXID_NONE,
} from "@coterie/interface";
import { createInvariants, Violation } from "../../src/invariants/index.ts";
import type { DiskImage, Observation } from "../../src/observation.ts";

const START: LogPosition = { zxid: ZXID_NONE, chainHash: CHAIN_HASH_NONE };
const BLANK: DiskImage = {
  hardState: null,
  base: START,
  entries: [],
  committed: ZXID_NONE,
  checkpoint: null,
  unreadable: new Set(),
};

export const z = (epoch: number, counter: number): Zxid => (epoch * 2 ** 32 + counter) as Zxid;
const id = (peer: number): PeerId => peer as PeerId;

/** Tells what a world of three voters would observe, on disks that are images only; every step may also be told wrongly. */
export class Story {
  readonly observations: Observation[] = [];
  private readonly disks = new Map<number, DiskImage>();
  private readonly lives = new Map<number, number>();
  private lifeLast = 0;

  disk(peer: number): DiskImage {
    return this.disks.get(peer) ?? BLANK;
  }

  position(peer: number): LogPosition {
    const { entries, base } = this.disk(peer);
    return entries.at(-1) ?? base;
  }

  life(peer: number): number {
    return this.lives.get(peer) ?? 0;
  }

  tell(observation: Observation): this {
    this.observations.push(observation);
    return this;
  }

  start(peer: number, applied: Zxid = ZXID_NONE, digest: string = digestAt(applied)): this {
    this.lives.set(peer, ++this.lifeLast);
    const disk = this.disk(peer);
    const incarnation = disk.hardState?.incarnation ?? 1;
    const hello = { peer: id(peer), clusterId: disk.hardState?.clusterId ?? null, incarnation, voterSetDigest: 0 };
    return this.tell({ kind: "started", peer: id(peer), life: this.lifeLast, hello, disk, applied, digest });
  }

  crash(peer: number): this {
    return this.tell({ kind: "ended", peer: id(peer), life: this.life(peer), cause: "crashed" });
  }

  restart(peer: number, applied: Zxid = this.disk(peer).committed, digest?: string): this {
    return this.crash(peer).start(peer, applied, digest);
  }

  sync(peer: number, batch: LogBatch): this {
    const disk = after(this.disk(peer), batch);
    this.disks.set(peer, disk);
    return this.tell({ kind: "synced", peer: id(peer), life: this.life(peer), batch, disk: () => disk });
  }

  fault(peer: number, change: Partial<DiskImage>, isNoticeable = true): this {
    const disk = { ...this.disk(peer), ...change };
    this.disks.set(peer, disk);
    return this.tell({ kind: "disk-changed", peer: id(peer), isNoticeable, disk: () => disk });
  }

  /** The disk lets go of entries up to `upTo`; nobody is told. */
  purge(peer: number, upTo: Zxid): this {
    const disk = this.disk(peer);
    const { zxid, chainHash: hash } = disk.entries.find((entry) => entry.zxid === upTo)!;
    const entries = disk.entries.filter((entry) => entry.zxid > upTo);
    this.disks.set(peer, { ...disk, base: { zxid, chainHash: hash }, entries });
    return this;
  }

  state(peer: number, change: Partial<HardState>): HardState {
    const before = this.disk(peer).hardState ?? {
      clusterId: "c",
      peerId: id(peer),
      incarnation: 1,
      acceptedEpoch: 0 as Epoch,
      currentEpoch: 0 as Epoch,
      isAmnesiac: false,
    };
    return { ...before, ...change };
  }

  send(peer: number, to: number, message: Message): this {
    const disk = this.disk(peer);
    const life = this.life(peer);
    return this.tell({ kind: "sent", peer: id(peer), life, to: id(to), message, disk: () => disk });
  }

  role(peer: number, epoch: number): this {
    const role = { state: "leading" as const, isServing: true, epoch: epoch as Epoch, leader: id(peer) };
    return this.tell({ kind: "role", peer: id(peer), life: this.life(peer), role });
  }

  /** A learner that serves sessions, as it says. */
  serve(peer: number, leader: number, epoch: number): this {
    const role = { state: "following" as const, isServing: true, epoch: epoch as Epoch, leader: id(leader) };
    return this.tell({ kind: "role", peer: id(peer), life: this.life(peer), role });
  }

  receive(peer: number, from: number, message: Message): this {
    return this.tell({ kind: "received", peer: id(peer), life: this.life(peer), from: id(from), message });
  }

  /** A session, 0x1 unless said, goes to this connection of client 1. */
  attach(peer: number, zxid: Zxid, connection = 1, sessionId = "0x1"): this {
    const at = { peer: id(peer), life: this.life(peer), zxid, sessionId };
    return this.tell({ kind: "attached", ...at, client: 1, connection });
  }

  take(peer: number, lastZxid: Zxid, connection = 1): this {
    return this.tell({ kind: "client-taken", peer: id(peer), life: this.life(peer), client: 1, connection, lastZxid });
  }

  answer(peer: number, connection = 1): this {
    return this.tell({ kind: "client-answered", peer: id(peer), life: this.life(peer), client: 1, connection });
  }

  /** After a timeout of 100 ms. */
  expire(peer: number, silentMs: number, keptMs = 0, hearingMaxMs = 90): this {
    const of = { peer: id(peer), life: this.life(peer), sessionId: "0x1", timeoutMs: 100 };
    return this.tell({ kind: "session-expired", ...of, silentMs, keptMs, hearingMaxMs });
  }

  /** Three blank peers become an ensemble. */
  found(): this {
    const bytes = encodeEnsembleConfig({
      clusterId: "c",
      voters: [1, 2, 3].map((peer) => ({ peer: id(peer), weight: 1, group: 1 })),
    });
    const entry = entryAfter(START, z(0, 1), 1, bytes);
    for (const peer of [1, 2, 3]) this.start(peer).sync(peer, { hardState: this.state(peer, {}), append: [entry] });
    return this;
  }

  promise(peer: number, epoch: number): this {
    return this.sync(peer, { hardState: this.state(peer, { acceptedEpoch: epoch as Epoch }) });
  }

  /** Discovery and synchronisation among peers that have equal logs. */
  lead(leader: number, epoch: number, followers: readonly number[], base: Zxid = this.position(leader).zxid): this {
    this.promise(leader, epoch);
    for (const peer of followers) {
      this.send(leader, peer, { kind: "new-epoch", epoch: epoch as Epoch });
      this.promise(peer, epoch).send(peer, leader, this.ackEpoch(peer, epoch));
    }
    for (const peer of [leader, ...followers]) {
      this.sync(peer, { hardState: this.state(peer, { currentEpoch: epoch as Epoch }) });
    }
    for (const peer of followers) {
      this.send(peer, leader, { kind: "ack-new-leader", epoch: epoch as Epoch, last: base });
    }
    this.role(leader, epoch);
    for (const peer of followers) {
      this.send(leader, peer, { kind: "up-to-date", epoch: epoch as Epoch, committed: base });
    }
    return this;
  }

  ackEpoch(peer: number, epoch: number): AckEpoch {
    const last = this.position(peer);
    return {
      kind: "ack-epoch",
      epoch: epoch as Epoch,
      isPromise: true,
      currentEpoch: (this.disk(peer).hardState?.currentEpoch ?? 0) as Epoch,
      last: { zxid: last.zxid, chainHash: last.chainHash },
      base: START,
      committed: 0 as Zxid,
      epochEnds: [],
      faults: [],
    };
  }

  notification(peer: number, change: Partial<Notification> = {}): Notification {
    const { hardState } = this.disk(peer);
    const currentEpoch = hardState?.currentEpoch ?? (0 as Epoch);
    return {
      kind: "notification",
      state: "looking",
      standing: "sound",
      clusterId: "c",
      round: 1,
      vote: null,
      credential: { currentEpoch, lastZxid: this.position(peer).zxid },
      acceptedEpoch: hardState?.acceptedEpoch ?? (0 as Epoch),
      fault: null,
      epoch: 0 as Epoch,
      isEstablished: false,
      takesOver: 0 as Epoch,
      ...change,
    };
  }

  /** Entries that would continue the peer's log, proposed by nobody yet. */
  next(peer: number, epoch: number, count = 1, from: LogPosition = this.position(peer)): LogEntry[] {
    const entries: LogEntry[] = [];
    let position = from;
    let counter = Math.floor(from.zxid / 2 ** 32) === epoch ? from.zxid % 2 ** 32 : 0;
    for (let index = 0; index < count; index++) {
      counter++;
      const entry = entryAfter(position, z(epoch, counter), 0, new Uint8Array([epoch, counter, 7, 7]));
      entries.push(entry);
      position = entry;
    }
    return entries;
  }

  propose(peer: number, epoch: number, entries: readonly LogEntry[]): this {
    const proposals = entries.map(({ zxid, bytes }) => ({ zxid, bytes }));
    const life = this.life(peer);
    return this.tell({ kind: "proposed", peer: id(peer), life, epoch: epoch as Epoch, entries: proposals });
  }

  ack(peer: number, leader: number, epoch: number, zxid: Zxid = this.position(peer).zxid): this {
    return this.send(peer, leader, { kind: "ack", epoch: epoch as Epoch, zxid });
  }

  commit(leader: number, to: number, epoch: number, zxid: Zxid): this {
    return this.send(leader, to, { kind: "commit", epoch: epoch as Epoch, zxid });
  }

  deliver(peer: number, entries: readonly LogEntry[], digest?: string): this {
    for (const entry of entries) {
      const life = this.life(peer);
      this.tell({ kind: "delivered", peer: id(peer), life, entry, digest: digest ?? digestAt(entry.zxid) });
    }
    return this;
  }

  restored(peer: number, zxid: Zxid, digest: string = digestAt(zxid)): this {
    return this.tell({ kind: "restored", peer: id(peer), life: this.life(peer), zxid, digest });
  }

  /** The whole way of a write, on the leader and these followers. */
  write(leader: number, epoch: number, followers: readonly number[], count = 1): LogEntry[] {
    const entries = this.next(leader, epoch, count);
    this.propose(leader, epoch, entries).sync(leader, { append: entries });
    for (const peer of followers) this.sync(peer, { append: entries }).ack(peer, leader, epoch);
    const last = entries.at(-1)!.zxid;
    this.deliver(leader, entries);
    for (const peer of followers) this.commit(leader, peer, epoch, last).deliver(peer, entries);
    return entries;
  }

  /** Everybody has applied the founding entry, epoch 1 is led by peer 1, and two txns are written. */
  begin(): this {
    this.found().lead(1, 1, [2, 3]);
    for (const peer of [1, 2, 3]) this.deliver(peer, this.disk(peer).entries);
    this.write(1, 1, [2, 3], 2);
    return this;
  }
}

export function entryAfter(position: LogPosition, zxid: Zxid, tag: number, bytes: Uint8Array): LogEntry {
  return { zxid, tag, bytes, chainHash: chainHash(position.chainHash, zxid, tag, bytes) };
}

export function digestAt(zxid: Zxid): string {
  return `digest of ${zxid}`;
}

export function checkpointAt(image: DiskImage, zxid: Zxid): LogPosition {
  return image.entries.find((entry) => entry.zxid === zxid)!;
}

const NAMES = createInvariants().map(({ name }) => name);

/** A zxid of epoch 1 or higher as no trace has it, in decimals; the digests of stories are made with such. */
const RAW_ZXID = /(?<!digest of |[\da-fx])\d{10,16}(?![\da-f])/;

/** The names of all invariants that, asked alone, reject the story; the one that speaks first when all are asked leads. */
export function rejectionsOf(story: Story): string[] {
  const first = rejectionOf(story, undefined);
  const others = NAMES.filter((name) => name !== first && rejectionOf(story, [name]) === name);
  return first === null ? others : [first, ...others];
}

function rejectionOf(story: Story, only: readonly string[] | undefined): string | null {
  const invariants = createInvariants(only === undefined ? {} : { only });
  try {
    for (const observation of story.observations) {
      for (const invariant of invariants) invariant.observe(observation);
    }
    for (const invariant of invariants) invariant.audit?.();
    return null;
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    if (RAW_ZXID.test(error.message)) {
      throw new Error(`a zxid in decimals: ${error.message}`, { cause: error });
    }
    return error.invariant;
  }
}

function after(image: DiskImage, batch: LogBatch): DiskImage {
  let { base, entries, checkpoint, committed, unreadable } = image;
  const { checkpoint: mark, truncateAfter, append, repair } = batch;
  if (mark !== undefined) {
    checkpoint = { zxid: mark.zxid, chainHash: mark.chainHash };
    if (mark.kind === "incoming" && !entries.some((entry) => entry.chainHash === mark.chainHash)) {
      base = checkpoint;
      entries = [];
    }
    if (mark.kind === "incoming" && mark.zxid > committed) committed = mark.zxid;
  }
  if (truncateAfter !== undefined) entries = entries.filter((entry) => entry.zxid <= truncateAfter);
  if (repair !== undefined) unreadable = new Set([...unreadable].filter((at) => repair.every((e) => e.zxid !== at)));
  if (append !== undefined) entries = [...entries, ...append];
  if (batch.committed !== undefined) committed = batch.committed;
  return { hardState: batch.hardState ?? image.hardState, base, entries, checkpoint, committed, unreadable };
}
