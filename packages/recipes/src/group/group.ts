import { checkOptions, type OptionKinds } from "@coterie/interface";
import { checkPath, type Data, type Session } from "@coterie/session";
import { createPathCache } from "../cache/path-cache.ts";
import { checkName } from "../calls/check.ts";
import { childOf } from "../calls/paths.ts";
import { createPersistentEphemeral, type PersistentEphemeral } from "../ephemeral/persistent-ephemeral.ts";
import { readChildren } from "../calls/read-children.ts";
import { type WaitOptions, waiting } from "../calls/wait.ts";
import { CachedGroupView, type GroupView } from "./group-view.ts";
import { type Member, memberOf } from "./member.ts";

export interface JoinRequest {
  /** Unique in the group: the name of the member's znode. Default: a random one, which kazoo's Party counts as well. */
  readonly id?: string;
  /** What the others see of this member. Default: empty. */
  readonly data?: Data;
}

/** Being a member, for as long as the session lives: who deletes its znode does not end it. */
export interface Membership extends AsyncDisposable {
  readonly id: string;
  readonly path: string;
  /** The czxid of its znode; null while there is none, as when somebody has just deleted it. */
  readonly token: number | null;
  /** Aborted as soon as this process knows that it is no member any more; as that of a `PersistentEphemeral`. */
  readonly signal: AbortSignal;
  /** Resolves when the others can see it. */
  set(data: Data, options?: WaitOptions): Promise<void>;
  /** Leaves the group, once: resolves when the znode is gone, or its session, tried for as long as that takes. */
  release(): Promise<void>;
}

/** Who is there. Members of Curator's GroupMember and of kazoo's Party may be in the same group. */
export interface Group {
  readonly path: string;
  /**
   * Resolves when this is a member. One of the same id whose session another one is, as this application's former one, is waited
   * out. Giving up leaves nothing behind.
   */
  join(request?: JoinRequest, options?: WaitOptions): Promise<Membership>;
  /** Who is in it now, as far as this session sees; this session's own members among them. */
  members(options?: WaitOptions): Promise<readonly Member[]>;
  /** Keeps the members in memory, from now on until it is closed. @throws CoterieError BAD_ARGUMENTS */
  view(options?: Pick<WaitOptions, "signal">): GroupView;
}

const REQUEST: OptionKinds<JoinRequest> = { id: "string", data: "any" };

/** The group whose members' znodes are the children of `path`. */
export function createGroup(session: Session, path: string): Group {
  checkPath(path);
  return new ZnodeGroup(session, path);
}

class ZnodeGroup implements Group {
  readonly path: string;
  private readonly session: Session;

  constructor(session: Session, path: string) {
    this.session = session;
    this.path = path;
  }

  join(request: JoinRequest = {}, options: WaitOptions = {}): Promise<Membership> {
    const { session, path } = this;
    return waiting(session, `joining ${path}`, options, async (signal) => {
      checkOptions("join", request, REQUEST);
      const { id = randomId(), data = "" } = request;
      checkName("id", id);
      // Curator's GroupMember fails where one has no data at all.
      const own = childOf(path, id);
      const kept = createPersistentEphemeral(session, own, { data });
      try {
        await kept.ready({ signal });
        return new KeptMembership(id, own, kept);
      } catch (error) {
        // Nobody waits for that: it goes on until the znode is gone, or its session.
        kept.release().catch(() => undefined);
        throw error;
      }
    });
  }

  members(options: WaitOptions = {}): Promise<readonly Member[]> {
    const { session, path } = this;
    return waiting(session, `looking at ${path}`, options, async (signal) => {
      const children = await readChildren(session, path, signal);
      return children.map((child) => memberOf(child.path, child.znode));
    });
  }

  view(options: Pick<WaitOptions, "signal"> = {}): GroupView {
    return new CachedGroupView(createPathCache(this.session, this.path, options));
  }
}

class KeptMembership implements Membership {
  readonly id: string;
  readonly path: string;
  private readonly kept: PersistentEphemeral;

  constructor(id: string, path: string, kept: PersistentEphemeral) {
    this.id = id;
    this.path = path;
    this.kept = kept;
  }

  get token(): number | null {
    return this.kept.token;
  }

  get signal(): AbortSignal {
    return this.kept.signal;
  }

  set(data: Data, options: WaitOptions = {}): Promise<void> {
    return this.kept.set(data, options);
  }

  release(): Promise<void> {
    return this.kept.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}

/** As kazoo's Party names its own. */
function randomId(): string {
  return `${crypto.randomUUID().replaceAll("-", "")}__party__`;
}
