import type { Message, Quorum } from "@coterie/consensus";
import { type Epoch, formatZxid, type LogEntry, type PeerId, type Zxid, ZXID_NONE } from "@coterie/interface";
import type { Delivered, DiskChanged, DiskImage, Life, Observation, PeerStarted, Synced } from "../observation.ts";
import { CommittedLog, type EntryRecord } from "./committed-log.ts";
import { DiskMirror, isSameLog, isSameState } from "./disk-mirror.ts";

const NEVER: Zxid = -1 as Zxid;
const NO_EPOCH = 0 as Epoch;

/** What is known of one peer. */
export interface PeerRecord {
  readonly peer: PeerId;
  life: Life;
  isUp: boolean;
  /** Of the state machine of this life. */
  applied: Zxid;
  readonly disk: DiskMirror;
  /** What the peer had on its disk while it was sound and a fault of the disk took away. */
  readonly lost: Set<Zxid>;
  /** Whether a fault has taken promises or entries away, not only made them unreadable, under the feet of this life. */
  isDisturbed: boolean;
  /** The epoch that this life has joined (ACKEPOCH) or leads (LEADERINFO) by now; 0 before. */
  joined: Epoch;
  /** Faults that the peer found when it started and has not repaired. */
  readonly foundUnreadable: Set<Zxid>;
}

interface Seen extends PeerRecord {
  appliedIndex: number | null;
  lastClaim: Zxid;
  isDiskKnown: boolean;
}

/** What somebody says is committed. */
interface Claim {
  readonly zxid: Zxid;
  /** Of the leader that says so; without it, the one whose leader the claimant has accepted. */
  readonly epoch?: Epoch;
  /** Copies that come with the claim, and that may be on no disk yet. */
  readonly entries?: readonly LogEntry[];
  readonly isDelivery?: boolean;
}

/**
 * The facts that the invariants share, so that each of them is a comparison: who has what on disk, and the one log of
 * committed entries. It judges nothing. In every observation `begin` comes before the invariants, which therefore see
 * what was said but disks and state machines as they were, and `end` moves these after them.
 *
 * The committed log grows by claims: whoever sends a zxid as committed, stores it as such or delivers it, claims that
 * its log up to there is committed. The first claim decides what the log is; the others are compared with it.
 */
export class Witness {
  readonly log: CommittedLog = new CommittedLog();
  /** What the current observation says is committed, if its peer had not said so just before; null otherwise. */
  claim: Zxid | null = null;
  /** Says how the current claim contradicts the committed log; null if it does not. */
  contradiction: string | null = null;
  /**
   * Whether a fault that no peer can notice has destroyed more than is tolerated: the promises that bind peers to each
   * other do not hold from then on, those of a peer to its own disk do (ST-23).
   */
  isVoid = false;
  /** The state machine's digest after each zxid, as it was first told. */
  readonly digests: Map<Zxid, string> = new Map();
  private readonly seen = new Map<PeerId, Seen>();
  /** Voters whose disk has lost something unnoticeably. */
  private readonly unnoticed = new Set<PeerId>();

  begin(observation: Observation): void {
    this.claim = null;
    this.contradiction = null;
    switch (observation.kind) {
      case "started":
        this.discover(observation);
        break;
      case "proposed":
        for (const { zxid, bytes } of observation.entries) this.log.addProposal(zxid, bytes);
        break;
      case "sent":
        this.observeMessage(observation.peer, observation.message);
        break;
      case "synced":
        if (observation.batch.append !== undefined) this.log.addEntries(observation.batch.append);
        if (observation.batch.committed !== undefined) this.observeClaimOfBatch(observation);
        break;
      case "delivered":
        this.log.addEntry(observation.entry);
        this.observeDelivery(observation);
        break;
      default:
        break;
    }
  }

  end(observation: Observation): void {
    switch (observation.kind) {
      case "started":
        this.start(observation);
        break;
      case "ended":
        this.peer(observation.peer).isUp = false;
        break;
      case "synced":
        this.sync(observation);
        break;
      case "disk-changed":
        this.changeDisk(observation);
        break;
      case "delivered":
        this.moveTo(observation.peer, observation.entry.zxid, observation.digest);
        break;
      case "restored":
        this.moveTo(observation.peer, observation.zxid, observation.digest);
        break;
      default:
        break;
    }
  }

  peer(peer: PeerId): PeerRecord {
    return this.seenOf(peer);
  }

  peers(): Iterable<PeerRecord> {
    return this.seen.values();
  }

  get quorum(): Quorum | null {
    return this.log.quorum;
  }

  get committed(): readonly EntryRecord[] {
    return this.log.committed;
  }

  get lastCommitted(): Zxid {
    return this.log.lastCommitted;
  }

  entry(zxid: Zxid): EntryRecord | undefined {
    return this.log.entry(zxid);
  }

  /** The index of the committed entry with this zxid; -1 for the start of the log; null if there is none. */
  indexOf(zxid: Zxid): number | null {
    return this.log.indexOf(zxid);
  }

  /** As `indexOf`, of what the peer has applied. */
  appliedIndexOf(peer: PeerId): number | null {
    const record = this.seenOf(peer);
    // The committed log only ever grows: an index that was found is right for good.
    record.appliedIndex ??= this.log.indexOf(record.applied);
    return record.appliedIndex;
  }

  /** Whether the voter had it on its disk, as one that counts, now or before a fault of that disk. */
  hasHad(peer: PeerId, zxid: Zxid): boolean {
    const record = this.seen.get(peer);
    if (record === undefined) return false;
    if (record.lost.has(zxid)) return true;
    return record.disk.hardState?.isAmnesiac === false && record.disk.has(zxid);
  }

  private seenOf(peer: PeerId): Seen {
    let record = this.seen.get(peer);
    if (record === undefined) {
      record = {
        peer,
        life: 0,
        isUp: false,
        applied: ZXID_NONE,
        disk: new DiskMirror(),
        lost: new Set(),
        isDisturbed: false,
        joined: NO_EPOCH,
        foundUnreadable: new Set(),
        appliedIndex: -1,
        lastClaim: NEVER,
        isDiskKnown: false,
      };
      this.seen.set(peer, record);
    }
    return record;
  }

  private discover({ peer, disk, applied }: PeerStarted): void {
    const record = this.seenOf(peer);
    record.lastClaim = NEVER;
    if (!record.isDiskKnown) {
      // The world may begin with disks that are not blank.
      this.log.adoptEntries(disk.entries);
      record.disk.load(disk);
      record.isDiskKnown = true;
    }
    if (applied > this.log.lastCommitted && disk.committed >= applied) this.observeClaim(peer, { zxid: applied });
  }

  private moveTo(peer: PeerId, zxid: Zxid, digest: string): void {
    const record = this.seenOf(peer);
    record.applied = zxid;
    record.appliedIndex = this.log.indexOf(zxid);
    if (!this.digests.has(zxid)) this.digests.set(zxid, digest);
  }

  private sync({ peer, batch, disk }: Synced): void {
    const record = this.seenOf(peer);
    const wasForgetful = record.disk.hardState?.isAmnesiac !== false;
    record.disk.apply(batch, disk);
    record.isDiskKnown = true;
    // What is repaired and rots again, this life need not know of.
    const repaired = (batch.repair ?? []).filter(({ zxid }) => !record.disk.unreadable.has(zxid));
    if (record.foundUnreadable.size > 0) for (const { zxid } of repaired) record.foundUnreadable.delete(zxid);
    if (record.lost.size === 0) return;
    // Whoever counts again has it again: that, not what it once had, is what the next commit stands on.
    if (wasForgetful && batch.hardState?.isAmnesiac === false) record.lost.clear();
    // Of an amnesiac not even a copy that is whole again counts, before it is readmitted.
    if (record.disk.hardState?.isAmnesiac !== false) return;
    for (const { zxid } of repaired) record.lost.delete(zxid);
  }

  private start({ peer, life, disk, applied, digest }: PeerStarted): void {
    const record = this.seenOf(peer);
    record.life = life;
    record.isUp = true;
    this.moveTo(peer, applied, digest);
    record.isDisturbed = false;
    record.joined = NO_EPOCH;
    record.foundUnreadable.clear();
    for (const zxid of disk.unreadable) record.foundUnreadable.add(zxid);
    this.noteLosses(record, disk);
    record.disk.load(disk);
  }

  private changeDisk({ peer, disk, isNoticeable }: DiskChanged): void {
    const record = this.seenOf(peer);
    const image = disk();
    if (!record.isDiskKnown) this.log.adoptEntries(image.entries);
    record.isDiskKnown = true;
    const before = record.disk.hardState;
    if (record.isUp && !isIntact(record.disk, image)) record.isDisturbed = true;
    const losses = this.noteLosses(record, image);
    record.disk.load(image);
    const isVoter = this.log.quorum?.isVoter(peer) ?? true;
    if (!isNoticeable && isVoter) {
      const { hardState } = image;
      const isEpochLost =
        before !== null &&
        (hardState === null ||
          hardState.acceptedEpoch < before.acceptedEpoch ||
          hardState.currentEpoch < before.currentEpoch);
      if (isEpochLost || losses.length > 0) this.unnoticed.add(peer);
      if (isEpochLost || losses.some((zxid) => !this.isSafe(zxid))) this.isVoid = true;
    }
    // With every voter blank, nothing tells an old ensemble from a new one (R3b).
    const isBlank = this.log.quorum?.voters.every((voter) => this.seenOf(voter).disk.hardState === null) ?? false;
    if (isBlank && this.log.committed.length > 0) this.isVoid = true;
  }

  /** Whether every quorum has a voter with an intact copy. */
  private isSafe(zxid: Zxid): boolean {
    const isWithout = (peer: PeerId): boolean => this.unnoticed.has(peer) || !this.seenOf(peer).disk.has(zxid);
    return this.log.quorum !== null && !this.log.quorum.isQuorum(isWithout);
  }

  /** What a sound disk held and the new image does not hold, or holds as an amnesiac. */
  private noteLosses(record: Seen, image: DiskImage): readonly Zxid[] {
    const { disk } = record;
    if (disk.hardState === null || disk.hardState.isAmnesiac) return [];
    const isSame = isSameLog(disk, image) && image.unreadable.size === 0 && image.hardState?.isAmnesiac === false;
    if (isSame) return [];
    const next = new DiskMirror();
    next.load(image);
    const isKept = (zxid: Zxid): boolean => image.hardState?.isAmnesiac === false && next.holds(zxid);
    const losses: Zxid[] = [];
    for (const { zxid } of this.log.committed) {
      if (zxid > disk.reach) break;
      if (disk.holds(zxid) && !isKept(zxid)) losses.push(zxid);
    }
    for (const zxid of disk.zxids) if (disk.holds(zxid) && !isKept(zxid)) losses.push(zxid);
    for (const zxid of losses) record.lost.add(zxid);
    return losses;
  }

  private observeDelivery({ peer, entry }: Delivered): void {
    this.observeClaim(peer, { zxid: entry.zxid, entries: [entry], isDelivery: true });
  }

  private observeMessage(peer: PeerId, message: Message): void {
    if (message.kind === "ack-epoch" || message.kind === "new-epoch") this.seenOf(peer).joined = message.epoch;
    const claim = claimOf(message);
    if (claim !== null) this.observeClaim(peer, claim);
  }

  /** A batch that appends what it says is committed shows its own copy. */
  private observeClaimOfBatch({ peer, batch }: Synced): void {
    const zxid = batch.committed!;
    if (batch.checkpoint?.kind === "incoming") return;
    const isInBatch = zxid > this.log.lastCommitted && batch.append?.some((entry) => entry.zxid === zxid) === true;
    this.observeClaim(peer, isInBatch ? { zxid, entries: batch.append } : { zxid });
  }

  private observeClaim(peer: PeerId, claim: Claim): void {
    const { zxid } = claim;
    if (zxid === ZXID_NONE) return;
    const record = this.seenOf(peer);
    if (record.lastClaim === zxid && claim.isDelivery !== true) return;
    record.lastClaim = zxid;
    this.claim = zxid;
    if (this.isVoid) return;
    if (zxid > this.log.lastCommitted) this.extend(record, claim);
    else if (this.log.indexOf(zxid) === null) this.contradiction = "others have committed past it without it";
  }

  private extend(claimant: Seen, claim: Claim): void {
    const epoch = claim.epoch ?? claimant.disk.hardState?.currentEpoch ?? NO_EPOCH;
    const source = this.sourceOf(claimant, claim.zxid);
    if (source === null) {
      for (const { zxid } of claim.entries ?? [])
        if (zxid > this.log.lastCommitted && zxid <= claim.zxid) this.log.commit(zxid, epoch);
      return;
    }
    const last = this.log.committed.at(-1);
    if (last !== undefined && source.base.zxid < last.zxid && source.hashAt(last.zxid) !== last.chainHash) {
      this.contradiction = `its log does not contain ${formatZxid(last.zxid)}, which is committed`;
      return;
    }
    const end = source.indexOf(claim.zxid);
    for (let index = source.countUpTo(this.log.lastCommitted); index <= end; index++)
      this.log.commit(source.zxids[index]!, epoch);
  }

  /** The log that shows what the claim is about: the claimant's own, if it has the entry already. */
  private sourceOf(claimant: Seen, claim: Zxid): DiskMirror | null {
    if (claimant.disk.indexOf(claim) >= 0) return claimant.disk;
    for (const { disk } of this.seen.values()) if (disk.indexOf(claim) >= 0) return disk;
    return null;
  }
}

/** Whether all promises and entries are still there, readable or not; entries may have been purged. */
function isIntact(mirror: DiskMirror, image: DiskImage): boolean {
  const last = image.entries.at(-1) ?? image.base;
  const isSameEnd = mirror.lastZxid === last.zxid && mirror.lastHash === last.chainHash;
  const isSameCheckpoint = mirror.checkpoint?.zxid === image.checkpoint?.zxid;
  return isSameEnd && isSameCheckpoint && isSameState(mirror.hardState, image.hardState, false);
}

function claimOf(message: Message): Claim | null {
  switch (message.kind) {
    case "propose":
    case "up-to-date":
    case "ping":
      return { zxid: message.committed, epoch: message.epoch };
    case "commit":
      return { zxid: message.zxid, epoch: message.epoch };
    default:
      return null;
  }
}
