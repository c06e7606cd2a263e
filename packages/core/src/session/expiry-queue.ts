import { assert } from "@coterie/interface";

/** What the queue keeps in its members; the queue alone writes it. A member is in one queue. */
export interface Expiring<Member> {
  /** The tick at which it is due. */
  dueTick: number;
  /** Where it stands: in the bucket of `dueTick` or of an earlier tick. Null outside of the queue. */
  bucket: Bucket<Member> | null;
  previous: Member | null;
  next: Member | null;
}

/** The members that are looked at when `tick` comes, in the order of their arrival. */
interface Bucket<Member> {
  readonly tick: number;
  first: Member | null;
  last: Member | null;
}

/** Members that may move to a later bucket for each one that may be handed out, so that a call is bounded. */
export const MOVES_PER_DUE = 16;

/**
 * Members in buckets by the tick at which they are due, after ZooKeeper's ExpiryQueue. Putting one off writes a
 * number: it moves when its old bucket comes, once a timeout instead of once a touch. There are as many buckets
 * as distinct ticks, about twenty with ZooKeeper's timeouts; none is empty.
 */
export class ExpiryQueue<Member extends Expiring<Member>> {
  /** In the order of their ticks. */
  private readonly buckets: Bucket<Member>[] = [];

  /** When `takeDue` should be called next: no member is due earlier. Null if there is none. */
  get firstTick(): number | null {
    return this.buckets[0]?.tick ?? null;
  }

  /** Adds the member, or puts it off, or draws it nearer. */
  schedule(member: Member, tick: number): void {
    member.dueTick = tick;
    if (member.bucket === null) {
      this.link(member);
    } else if (tick < member.bucket.tick) {
      this.unlink(member);
      this.link(member);
    }
  }

  remove(member: Member): void {
    if (member.bucket !== null) this.unlink(member);
  }

  /**
   * Takes out at most `limit` members that are due at `tick` or were before, in the order of their due ticks. Fewer
   * come back than are due if many others had to move first; `firstTick` then is still not after `tick`.
   */
  takeDue(tick: number, limit: number): Member[] {
    assert(limit >= 1, "the limit lets one member through at least");
    const due: Member[] = [];
    let movesLeft = limit * MOVES_PER_DUE;
    for (let bucket = this.buckets[0]; bucket !== undefined; bucket = this.buckets[0]) {
      if (bucket.tick > tick || due.length >= limit || movesLeft === 0) break;
      const member = bucket.first;
      assert(member !== null, "no bucket is empty");
      this.unlink(member);
      if (member.dueTick === bucket.tick) {
        due.push(member);
      } else {
        this.link(member);
        movesLeft -= 1;
      }
    }
    return due;
  }

  private link(member: Member): void {
    const bucket = this.bucketOf(member.dueTick);
    member.bucket = bucket;
    member.previous = bucket.last;
    if (bucket.last === null) bucket.first = member;
    else bucket.last.next = member;
    bucket.last = member;
  }

  private unlink(member: Member): void {
    const { bucket, previous, next } = member;
    assert(bucket !== null, "a member is taken out of the bucket it is in");
    if (previous === null) bucket.first = next;
    else previous.next = next;
    if (next === null) bucket.last = previous;
    else next.previous = previous;
    member.bucket = null;
    member.previous = null;
    member.next = null;
    if (bucket.first === null) this.buckets.splice(this.indexOf(bucket.tick), 1);
  }

  private bucketOf(tick: number): Bucket<Member> {
    const index = this.indexOf(tick);
    const found = this.buckets[index];
    if (found !== undefined && found.tick === tick) return found;
    const bucket: Bucket<Member> = { tick, first: null, last: null };
    this.buckets.splice(index, 0, bucket);
    return bucket;
  }

  /** Where the bucket of `tick` is, or would be. */
  private indexOf(tick: number): number {
    let low = 0;
    let high = this.buckets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.buckets[middle]!.tick < tick) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
