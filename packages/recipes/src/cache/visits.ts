/** A znode that is to be read. */
export interface Visit {
  readonly path: string;
  readonly depth: number;
  /** Its children are to be visited, too: by the next read, and by the one under way. */
  isWalkWanted: boolean;
  isWalk: boolean;
  isUnderWay: boolean;
  isDropped: boolean;
  /** The zxid of the newest event that came while it was read; Infinity for one that does not say, -1 if none came. */
  newestZxid: number;
}

/** What is to be read, in the order in which it was asked for: each path once. */
export class Visits {
  private readonly byPath = new Map<string, Visit>();
  private incoming: Visit[] = [];
  /** The next one last. */
  private outgoing: Visit[] = [];
  private walks = 0;

  get size(): number {
    return this.byPath.size;
  }

  /** Whether there are walks that are not done. */
  get isWalking(): boolean {
    return this.walks > 0;
  }

  get(path: string): Visit | undefined {
    return this.byPath.get(path);
  }

  /** With `isWalk`, what is being read is read once more behind that. */
  add(path: string, depth: number, isWalk: boolean): void {
    let visit = this.byPath.get(path);
    if (visit === undefined) {
      const flags = { isWalkWanted: false, isWalk: false, isUnderWay: false, isDropped: false };
      visit = { path, depth, ...flags, newestZxid: -1 };
      this.byPath.set(path, visit);
      this.incoming.push(visit);
    }
    if (isWalk) this.want(visit);
  }

  /** The next one, which is under way from here on. */
  begin(): Visit | null {
    for (;;) {
      if (this.outgoing.length === 0) {
        this.outgoing = this.incoming.reverse();
        this.incoming = [];
      }
      const visit = this.outgoing.pop();
      if (visit === undefined) return null;
      if (visit.isDropped) continue;
      visit.isUnderWay = true;
      visit.isWalk = visit.isWalkWanted;
      visit.isWalkWanted = false;
      visit.newestZxid = -1;
      return visit;
    }
  }

  /** It was read, as of `zxid` at least: if there is something newer, it is read again. */
  done(visit: Visit, zxid: number): void {
    if (visit.isWalk) this.walks -= 1;
    if (visit.isWalkWanted || visit.newestZxid > zxid) this.requeue(visit);
    else this.byPath.delete(visit.path);
  }

  /** It could not be read: later. */
  again(visit: Visit): void {
    if (visit.isWalk) {
      this.walks -= 1;
      this.want(visit);
    }
    this.requeue(visit);
  }

  /** One that is not under way, and need not be read any more. */
  drop(visit: Visit): void {
    visit.isDropped = true;
    if (visit.isWalkWanted) this.walks -= 1;
    this.byPath.delete(visit.path);
  }

  private want(visit: Visit): void {
    if (visit.isWalkWanted) return;
    visit.isWalkWanted = true;
    this.walks += 1;
  }

  private requeue(visit: Visit): void {
    visit.isUnderWay = false;
    visit.isWalk = false;
    this.incoming.push(visit);
  }
}
