import type { AuthId, ReadRequest, WatcherId, WriteRequest } from "@coterie/core";
import { CoterieError, type SessionId } from "@coterie/interface";
import type { AuthRequest, RequestBody, WatcherEvent } from "@coterie/protocol";
import { createHash } from "node:crypto";
import {
  type ChannelCall,
  type ChannelHandler,
  type ChannelReply,
  type ChannelState,
  LINEARIZABLE_ASKED,
  LINEARIZABLE_CONFIRMED,
  type SessionChannel,
  type SessionSupports,
} from "../../src/index.ts";
import type { Answer, TreeServer } from "./tree-server.ts";

export interface TreeChannelOptions {
  readonly supports?: SessionSupports;
}

interface Queued {
  readonly run: () => Answer;
  settle(reply: ChannelReply): void;
}

const SUPPORTS: SessionSupports = { kind: "in-process", linearizable: true, bounded: true };
const READS: readonly RequestBody["kind"][] = [
  "exists",
  "getData",
  "getChildren2",
  "getACL",
  "getAllChildrenNumber",
  "getEphemerals",
];
const DONE: Answer = { code: null, body: null };

/** The channel of one session to a `TreeServer`. Requests are carried out behind the call, one after another. */
export class TreeChannel implements SessionChannel {
  readonly supports: SessionSupports;
  readonly sessionId: SessionId;
  readonly timeoutMs = 10_000;
  state: ChannelState = "connecting";
  private readonly server: TreeServer;
  private identities: readonly AuthId[] = [{ scheme: "ip", id: "127.0.0.1" }];
  private watcher: WatcherId | null = null;
  private handler: ChannelHandler | null = null;
  private queue: Queued[] = [];
  private isRunning = false;

  constructor(server: TreeServer, sessionId: SessionId, { supports = SUPPORTS }: TreeChannelOptions) {
    this.server = server;
    this.sessionId = sessionId;
    this.supports = supports;
  }

  open(handler: ChannelHandler): void {
    this.handler = handler;
    queueMicrotask(() => this.reconnect());
  }

  submit(call: ChannelCall): void {
    call.sent?.();
    this.enqueue({ run: () => this.answer(call.body), settle: (reply) => call.settle(reply) });
  }

  authenticate(request: AuthRequest, settle: (reply: ChannelReply) => void): void {
    this.enqueue({ run: () => this.identify(request), settle });
  }

  staleMs(): number {
    return 0;
  }

  close(): void {
    this.enqueue({
      run: () => {
        const { sessionId, identities } = this;
        this.server.commit({ kind: "closeSession", id: sessionId }, { sessionId, identities });
        return DONE;
      },
      settle: () => this.become("closed", null),
    });
  }

  detach(): void {
    this.enqueue({ run: () => DONE, settle: () => this.become("closed", null) });
  }

  told(event: WatcherEvent, zxid: number): void {
    this.handler?.watchEvent(event, zxid);
  }

  /** The connection is lost, with everything that was on its way. */
  suspend(): void {
    this.loseQueue();
    this.become("suspended", new CoterieError("CONNECTION_CLOSED"));
  }

  /** Connects, or connects anew: then the watches come first, and what waits behind them. */
  reconnect(): void {
    this.watcher = this.server.connect(this, this.identities);
    const isFirst = this.state === "connecting";
    if (!isFirst && this.handler !== null) {
      const { persistent, recursive } = this.handler.watches();
      const none = { dataWatches: [], existWatches: [], childWatches: [], relativeZxid: 0 };
      const request = {
        kind: "setWatches2",
        ...none,
        persistentWatches: persistent,
        persistentRecursiveWatches: recursive,
      } as const;
      this.server.machine.answerWatchRequest(request, this.watcher);
    }
    this.become("connected", null);
    if (!isFirst) this.handler?.watchesRenewed();
    this.run();
  }

  /** As if the server had said that the session is no more. */
  expire(): void {
    this.server.commit({ kind: "closeSession", id: this.sessionId }, { sessionId: this.sessionId, identities: [] });
    this.loseQueue();
    this.become("lost", new CoterieError("SESSION_EXPIRED"));
  }

  private loseQueue(): void {
    const lost = this.queue;
    this.queue = [];
    for (const { settle } of lost) settle({ zxid: 0, code: "CONNECTION_LOSS", body: null });
  }

  private become(state: ChannelState, reason: CoterieError | null): void {
    this.state = state;
    if (state !== "connected" && this.watcher !== null) {
      this.server.disconnect(this.watcher);
      this.watcher = null;
    }
    this.handler?.stateChanged(state, reason);
  }

  private enqueue(queued: Queued): void {
    this.queue.push(queued);
    if (this.isRunning) return;
    this.isRunning = true;
    queueMicrotask(() => {
      this.isRunning = false;
      this.run();
    });
  }

  private run(): void {
    while (this.state === "connected") {
      const first = this.queue.shift();
      if (first === undefined) return;
      const answer = first.run();
      first.settle({ zxid: this.server.machine.lastAppliedZxid, ...answer });
    }
  }

  private answer(body: RequestBody): Answer {
    const { sessionId, identities, watcher } = this;
    if (watcher === null) throw new Error("nothing is answered without a connection");
    switch (body.kind) {
      case "sync":
        return { code: null, body: { kind: "sync", path: this.syncPath(body.path) } };
      case "whoAmI":
        return {
          code: null,
          body: {
            kind: "whoAmI",
            clientInfo: identities.map(({ scheme, id }) => ({ authScheme: scheme, user: id.split(":")[0] ?? "" })),
          },
        };
      case "addWatch":
      case "removeWatches": {
        const { error } = this.server.machine.answerWatchRequest(body, watcher);
        if (error !== null) return { code: error, body: null };
        return {
          code: null,
          body: body.kind === "addWatch" ? { kind: "addWatch", err: 0 } : { kind: "removeWatches" },
        };
      }
      default:
        if (READS.includes(body.kind)) return this.server.read(body as ReadRequest, { sessionId, identities, watcher });
        return this.server.write(body as WriteRequest, { sessionId, identities });
    }
  }

  private syncPath(path: string): string {
    return this.supports.linearizable === true && path === LINEARIZABLE_ASKED ? LINEARIZABLE_CONFIRMED : path;
  }

  private identify({ scheme, auth }: AuthRequest): Answer {
    if (scheme !== "digest" || auth === null) return { code: "AUTH_FAILED", body: null };
    const hash = createHash("sha1").update(auth).digest("base64");
    const user = new TextDecoder().decode(auth).split(":")[0] ?? "";
    this.identities = [...this.identities, { scheme, id: `${user}:${hash}` }];
    if (this.watcher !== null) this.server.machine.identifyWatcher(this.watcher, this.identities);
    return { code: null, body: { kind: "auth" } };
  }
}
