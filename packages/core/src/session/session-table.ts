import { assert, type SessionId, type Zxid } from "@coterie/interface";
import type { StateDigest } from "../digest/state-digest.ts";
import type { ZnodeId } from "../tree/znode-ids.ts";

/** A session as every peer knows it. Who serves it and when it was last heard of is the leader's memory. */
export interface Session {
  readonly id: SessionId;
  readonly timeoutMs: number;
  /** What proves the session's password; made and compared outside of core. Belongs to the table. */
  readonly verifier: Uint8Array;
  /** The txn that created it. */
  readonly czxid: Zxid;
  /** The ephemeral znodes it owns: oldest first, but after a restore in no order to rely on. */
  readonly ephemerals: ReadonlySet<ZnodeId>;
}

/** Most sessions own none, and a set of none takes as much memory as the rest of a session. */
const NONE_OWNED: ReadonlySet<ZnodeId> = new Set();

interface StoredSession extends Session {
  /** `NONE_OWNED`, or a set of its own. */
  ephemerals: ReadonlySet<ZnodeId>;
}

/** A session that is about to lose the value it had when a checkpoint froze. */
export interface SessionCapture {
  /** `session` still exists and is about to be removed. */
  takeSession(session: Session): void;
}

/** The replicated sessions: created and closed by txns, otherwise unchanging (semantics 5.2). */
export class SessionTable {
  private readonly sessions = new Map<SessionId, StoredSession>();
  private readonly digest: StateDigest;
  /** Created or closed since the last checkpoint. */
  private changed = new Set<SessionId>();
  private capture: SessionCapture | null = null;

  constructor(digest: StateDigest) {
    this.digest = digest;
  }

  get size(): number {
    return this.sessions.size;
  }

  get(id: SessionId): Session | undefined {
    return this.sessions.get(id);
  }

  has(id: SessionId): boolean {
    return this.sessions.has(id);
  }

  /** In the order of their creation. Sessions may be added and removed meanwhile. */
  all(): IterableIterator<Session> {
    return this.sessions.values();
  }

  /** Takes a copy of `verifier`. Sessions are created in the order of their zxids. */
  create(id: SessionId, timeoutMs: number, verifier: Uint8Array, czxid: Zxid): void {
    assert(!this.sessions.has(id), "a session is created once");
    this.changed.add(id);
    this.sessions.set(id, { id, timeoutMs, verifier: verifier.slice(), czxid, ephemerals: NONE_OWNED });
    this.digest.addSession(id, timeoutMs, verifier);
  }

  remove(id: SessionId): void {
    const session = this.sessions.get(id);
    if (session === undefined) return;
    if (this.capture !== null) this.capture.takeSession(session);
    this.changed.add(id);
    this.sessions.delete(id);
    this.digest.subtractSession(id, session.timeoutMs, session.verifier);
  }

  /** `owner` is the stored ephemeralOwner of a znode that it now owns. */
  own(owner: bigint, znode: ZnodeId): void {
    const session = this.sessions.get(owner as SessionId);
    assert(session !== undefined, "the owner of an ephemeral znode is a session");
    if (session.ephemerals === NONE_OWNED) session.ephemerals = new Set();
    (session.ephemerals as Set<ZnodeId>).add(znode);
  }

  disown(owner: bigint, znode: ZnodeId): void {
    const session = this.sessions.get(owner as SessionId);
    if (session === undefined || session.ephemerals === NONE_OWNED) return;
    (session.ephemerals as Set<ZnodeId>).delete(znode);
    if (session.ephemerals.size === 0) session.ephemerals = NONE_OWNED;
  }

  /** How many sessions changed since the last freeze. */
  get changedCount(): number {
    return this.changed.size;
  }

  /** Ends the set of changes, which passes to the caller, and shows sessions to `capture` before they go, until `release`. */
  freeze(capture: SessionCapture): Set<SessionId> {
    const frozen = this.changed;
    this.changed = new Set();
    this.capture = capture;
    return frozen;
  }

  /** The checkpoint that was restored holds every session. */
  markUnchanged(): void {
    this.changed.clear();
  }

  release(): void {
    this.capture = null;
  }
}
