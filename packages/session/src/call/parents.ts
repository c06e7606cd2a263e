import type { CoterieError } from "@coterie/interface";
import type { Create2Response } from "@coterie/protocol";
import type { ChannelCall, ChannelReply, SessionChannel } from "../channel.ts";
import { pathError } from "../path/check-path.ts";
import type { Chroot } from "../path/chroot.ts";
import { type CreateBody, emptyZnodeBody } from "../records/create-body.ts";
import { PendingCall, type ReadAnswer } from "./pending-call.ts";
import type { WaitRoom } from "./wait.ts";

/** Full paths that are remembered to be there; all are forgotten when one more comes. */
const KNOWN_MAX = 1_000;

/** Znodes above one that is created with `parents`; where there are more, BAD_ARGUMENTS. */
export const PARENTS_MAX = 1_000;

/**
 * What this session has seen above the znodes that it made with `parents`. It saves attempts, which a server logs even where
 * they fail; what is wrong in it costs one more exchange.
 */
export class KnownParents {
  private readonly paths = new Set<string>();

  has(path: string): boolean {
    return this.paths.has(path);
  }

  add(path: string): void {
    if (this.paths.size >= KNOWN_MAX) this.paths.clear();
    this.paths.add(path);
  }

  forget(path: string): void {
    this.paths.delete(path);
  }
}

export interface ParentsRoom extends WaitRoom {
  readonly channel: SessionChannel;
  readonly chroot: Chroot;
  readonly known: KnownParents;
}

/**
 * Creates a znode and what is missing above it. The attempts above go out right before the create itself, from the top
 * down, so that the call keeps its place among the session's calls: nothing made later is overtaken. Only if somebody
 * else has deleted a parent that this session knew are they all made once more, out of that place.
 */
export class CreateWithParents<Result> extends PendingCall<Create2Response, Result> {
  private readonly around: ParentsRoom;
  private readonly parents: readonly string[];
  private hasTrustedKnown = false;
  /** The first failure above that is no "it is there already". */
  private failure: CoterieError | null = null;

  /** @throws CoterieError BAD_ARGUMENTS */
  constructor(
    around: ParentsRoom,
    path: string,
    body: CreateBody,
    read: ReadAnswer<Create2Response, Result>,
    resolve: (result: Result) => void,
    reject: (error: Error) => void,
  ) {
    super(around, path, body, read, resolve, reject);
    this.around = around;
    this.parents = parentsOf(body.path);
    if (this.parents.length > PARENTS_MAX) throw pathError(path, `has more than ${PARENTS_MAX} znodes above it`);
  }

  submit(): void {
    const { channel, known } = this.around;
    this.failure = null;
    this.hasTrustedKnown = false;
    for (const parent of this.parents) {
      if (known.has(parent)) this.hasTrustedKnown = true;
      else channel.submit(this.attemptAt(parent));
    }
    channel.submit(this);
  }

  override succeed(result: Result): void {
    for (const parent of this.parents) this.around.known.add(parent);
    super.succeed(result);
  }

  protected override refused(reply: ChannelReply): void {
    if (reply.code !== "NO_NODE") return super.refused(reply);
    if (this.hasTrustedKnown && this.around.refusal(this.path) === null) {
      for (const parent of this.parents) this.around.known.forget(parent);
      return this.submit();
    }
    if (this.failure === null) super.refused(reply);
    else this.fail(this.failure);
  }

  /** Sent, or dropped, with the create. */
  private attemptAt(parent: string): ChannelCall {
    const isOpen = (): boolean => this.isOpen;
    return {
      body: emptyZnodeBody(parent),
      get isOpen() {
        return isOpen();
      },
      sent: () => this.sent(),
      settle: (reply) => this.parentSettled(parent, reply),
    };
  }

  private parentSettled(parent: string, { code, reason }: ChannelReply): void {
    // Who may not create it may not have to: it may be there. So what is wrong here counts only if the create fails.
    if (code === null || code === "NODE_EXISTS") this.around.known.add(parent);
    else this.failure ??= this.errorOf(code, this.around.chroot.toOwn(parent) ?? parent, reason);
  }
}

/** From the top down, without the root. */
function parentsOf(path: string): string[] {
  const parents: string[] = [];
  for (let end = path.indexOf("/", 1); end > 0; end = path.indexOf("/", end + 1)) {
    parents.push(path.slice(0, end));
    if (parents.length > PARENTS_MAX) break;
  }
  return parents;
}
