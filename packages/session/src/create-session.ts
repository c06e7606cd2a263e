import { type Clock, CoterieError, formatSessionId, type OptionKinds } from "@coterie/interface";
import { createPlatformClock } from "@coterie/platform";
import type {
  Create2Response,
  GetAllChildrenNumberResponse,
  GetEphemeralsResponse,
  RequestBody,
  ResponseBody,
} from "@coterie/protocol";
import { TypedEmitter } from "tiny-typed-emitter";
import { CALL, checkCall, CREATE, READ, VERSION, WATCH } from "./call/check-call.ts";
import { submitRead } from "./call/confirmed-read.ts";
import { ExistsCall } from "./call/exists-call.ts";
import { CreateWithParents } from "./call/parents.ts";
import { PendingCall, type ReadAnswer } from "./call/pending-call.ts";
import type { ChannelHandler, SessionChannel, SessionSupports } from "./channel.ts";
import { pathError } from "./path/check-path.ts";
import { createChroot } from "./path/chroot.ts";
import { wireAclOf } from "./records/acl.ts";
import { aclAndStatOf, childrenOf, identitiesOf, nothing, statIn, znodeOf } from "./records/answers.ts";
import { createBodyOf } from "./records/create-body.ts";
import { bytesOf } from "./records/data.ts";
import { statOf } from "./records/stat-of.ts";
import { versionOf } from "./records/version.ts";
import { SessionRoom } from "./session-room.ts";
import type {
  Acl,
  AclAndStat,
  CallOptions,
  Children,
  Created,
  CreateOptions,
  Data,
  ReadOptions,
  Session,
  SessionEvents,
  SessionState,
  Transaction,
  VersionOptions,
  Watch,
  WatchOptions,
  Znode,
} from "./session.ts";
import type { Stat } from "./stat.ts";
import { callIsolated } from "./state-events.ts";
import { createTransaction } from "./transaction/builder.ts";
import { CommitCall } from "./transaction/commit-call.ts";
import { checkWatchOptions } from "./watch/watch-stream.ts";

export interface SessionOptions {
  /** Default: Node.js's own time. */
  readonly clock?: Clock;
  /** Where the session's paths begin: "/a/b", without a "/" at the end. Need not exist. Default: the root. */
  readonly chroot?: string;
  /** For calls that name none, in milliseconds; Infinity for none. Default: the session's timeout, 10,000 before it is known. */
  readonly deadlineMs?: number;
}

/**
 * The session at this end of `channel`, which it opens. One session a channel.
 * @throws CoterieError BAD_ARGUMENTS
 */
export function createSession(channel: SessionChannel, options: SessionOptions = {}): Session {
  const { clock = createPlatformClock(), deadlineMs } = options;
  if (deadlineMs !== undefined && !(deadlineMs > 0)) {
    throw new CoterieError("BAD_ARGUMENTS", `deadlineMs is a number above 0, not ${String(deadlineMs)}`);
  }
  const room = new SessionRoom(channel, createChroot(options.chroot), clock, deadlineMs);
  const session = new ChannelSession(room);
  channel.open(handlerOf(room, session));
  return session;
}

function handlerOf(room: SessionRoom, session: ChannelSession): ChannelHandler {
  return {
    stateChanged(state, reason) {
      room.stateChanged(state, reason);
      callIsolated(session.rawListeners("state"), session, [state, reason]);
    },
    watchEvent: (event, zxid) => room.watches.told(event, zxid),
    watches: () => room.watches.paths(),
    watchesRenewed: () => room.watches.renewed(),
  };
}

/** Each method makes one promise, whose executor does all there is to do: what is thrown there rejects it. */
class ChannelSession extends TypedEmitter<SessionEvents> implements Session {
  private readonly room: SessionRoom;

  constructor(room: SessionRoom) {
    super();
    // Each lock, wait and cache of the application listens: many are no leak.
    this.setMaxListeners(0);
    this.room = room;
  }

  get id(): string {
    return formatSessionId(this.room.channel.sessionId);
  }

  get timeoutMs(): number {
    return this.room.channel.timeoutMs;
  }

  get state(): SessionState {
    return this.room.channel.state;
  }

  get supports(): SessionSupports {
    return this.room.channel.supports;
  }

  get clock(): Clock {
    return this.room.clock;
  }

  get(path: string, options?: ReadOptions): Promise<Znode> {
    return this.ask("get", path, options, (full) => ({ kind: "getData", path: full, watch: false }), znodeOf);
  }

  exists(path: string, options?: ReadOptions): Promise<Stat | null> {
    return new Promise((resolve, reject) => {
      checkCall("exists", options, READ);
      const body: RequestBody = { kind: "exists", path: this.room.chroot.toFull(path), watch: false };
      const call = new ExistsCall(this.room, path, body, statIn, resolve, reject);
      if (call.begin(options)) submitRead(this.room.channel, call, options);
    });
  }

  children(path: string, options?: ReadOptions): Promise<Children> {
    return this.ask(
      "children",
      path,
      options,
      (full) => ({ kind: "getChildren2", path: full, watch: false }),
      childrenOf,
    );
  }

  create(path: string, data: Data | null = null, options?: CreateOptions): Promise<Created> {
    return new Promise((resolve, reject) => {
      const { room } = this;
      checkCall("create", options, CREATE);
      const body = createBodyOf(room.chroot, path, data, options);
      const read = ({ path: full, stat }: Create2Response): Created => ({
        path: room.chroot.toOwn(full) ?? full,
        stat: statOf(stat),
      });
      if (options?.parents === true) {
        const call = new CreateWithParents(room, path, body, read, resolve, reject);
        if (call.begin(options)) call.submit();
      } else {
        const call = new PendingCall(room, path, body, read, resolve, reject);
        if (call.begin(options)) room.channel.submit(call);
      }
    });
  }

  set(path: string, data: Data | null, options?: VersionOptions): Promise<Stat> {
    return this.tell(
      "set",
      VERSION,
      path,
      options,
      () => ({
        kind: "setData",
        path: this.room.chroot.toFull(path),
        data: bytesOf(data),
        version: versionOf(options?.version),
      }),
      statIn,
    );
  }

  delete(path: string, options?: VersionOptions): Promise<void> {
    return this.tell(
      "delete",
      VERSION,
      path,
      options,
      () => {
        const full = this.room.chroot.toFullDeletable(path);
        const version = versionOf(options?.version);
        this.room.known.forget(full);
        return { kind: "delete", path: full, version };
      },
      nothing,
    );
  }

  getAcl(path: string, options?: ReadOptions): Promise<AclAndStat> {
    return this.ask("getAcl", path, options, (full) => ({ kind: "getACL", path: full }), aclAndStatOf);
  }

  setAcl(path: string, acl: readonly Acl[], options?: VersionOptions): Promise<Stat> {
    return this.tell(
      "setAcl",
      VERSION,
      path,
      options,
      () => ({
        kind: "setACL",
        path: this.room.chroot.toFull(path),
        acl: wireAclOf(acl),
        version: versionOf(options?.version),
      }),
      statIn,
    );
  }

  transaction(): Transaction {
    const { room } = this;
    return createTransaction(
      room.chroot,
      (planned, options) =>
        new Promise((resolve, reject) => {
          checkCall("commit", options, CALL);
          const call = new CommitCall(room, room.chroot, planned, resolve, reject);
          for (const { op } of planned) if (op.kind === "delete") room.known.forget(op.path);
          if (call.begin(options)) room.channel.submit(call);
        }),
    );
  }

  sync(options?: CallOptions): Promise<void> {
    return this.tell("sync", CALL, undefined, options, () => ({ kind: "sync", path: "/" }), nothing);
  }

  ephemerals(prefix: string = "/", options?: CallOptions): Promise<string[]> {
    const { chroot } = this.room;
    const read = ({ ephemerals }: GetEphemeralsResponse): string[] =>
      ephemerals.flatMap((full) => {
        const own = chroot.toOwn(full);
        return own?.startsWith(prefix) === true ? [own] : [];
      });
    return this.tell(
      "ephemerals",
      CALL,
      undefined,
      options,
      () => {
        if (typeof prefix !== "string" || (prefix !== "" && !prefix.startsWith("/"))) {
          throw pathError(prefix, 'is no beginning of a path: paths begin with "/"');
        }
        // Not the chroot with a "/": the znode that is the chroot has the path "/".
        return { kind: "getEphemerals", prefixPath: chroot.prefix + (prefix === "/" ? "" : prefix) };
      },
      read,
    );
  }

  descendantCount(path: string, options?: CallOptions): Promise<number> {
    return this.tell(
      "descendantCount",
      CALL,
      path,
      options,
      () => ({ kind: "getAllChildrenNumber", path: this.room.chroot.toFull(path) }),
      ({ totalNumber }: GetAllChildrenNumberResponse) => totalNumber,
    );
  }

  whoAmI(options?: CallOptions): Promise<{ readonly scheme: string; readonly user: string }[]> {
    return this.tell("whoAmI", CALL, undefined, options, () => ({ kind: "whoAmI" }), identitiesOf);
  }

  addAuth(scheme: string, auth: Data, options?: CallOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      checkCall("addAuth", options, CALL);
      if (typeof scheme !== "string") throw new CoterieError("BAD_ARGUMENTS", 'scheme is text, as "digest"');
      const body = { kind: "auth", authType: 0, scheme, auth: bytesOf(auth) } as const;
      const call = new PendingCall(this.room, undefined, body, nothing, resolve, reject);
      if (!call.begin(options)) return;
      // The session keeps it, and shows it when it can, whatever becomes of the call.
      call.sent();
      this.room.channel.authenticate(body, (reply) => call.settle(reply));
    });
  }

  watch(path: string, options: WatchOptions = {}): Promise<Watch> {
    return new Promise((resolve, reject) => {
      checkCall("watch", options, WATCH);
      checkWatchOptions(options);
      this.room.watches.open(path, this.room.chroot.toFull(path), options, resolve, reject);
    });
  }

  close(): Promise<void> {
    return this.room.leave("close");
  }

  detach(): Promise<void> {
    return this.room.leave("detach");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** A read. */
  private ask<Body extends ResponseBody, Result>(
    method: string,
    path: string,
    options: ReadOptions | undefined,
    bodyOf: (full: string) => RequestBody,
    read: ReadAnswer<Body, Result>,
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      checkCall(method, options, READ);
      const call = new PendingCall(this.room, path, bodyOf(this.room.chroot.toFull(path)), read, resolve, reject);
      if (call.begin(options)) submitRead(this.room.channel, call, options);
    });
  }

  /** Anything else that is one request. */
  private tell<Body extends ResponseBody, Result, Options extends CallOptions>(
    method: string,
    kinds: OptionKinds<Options>,
    path: string | undefined,
    options: Options | undefined,
    bodyOf: () => RequestBody,
    read: ReadAnswer<Body, Result>,
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      checkCall(method, options, kinds);
      const call = new PendingCall(this.room, path, bodyOf(), read, resolve, reject);
      if (call.begin(options)) this.room.channel.submit(call);
    });
  }
}
