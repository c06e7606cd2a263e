import {
  type Applied,
  type AuthId,
  type CoreStateMachine,
  createStateMachine,
  type Outcome,
  type ReadRequest,
  type WatcherId,
  type WriteRequest,
} from "@coterie/core";
import {
  createZxid,
  type ErrorCode,
  type PeerId,
  SESSION_NONE,
  type SessionId,
  type WallTimeMs,
  wireOfCode,
} from "@coterie/interface";
import { OPCODES, type ResponseBody, type MultiResult } from "@coterie/protocol";
import { TreeChannel, type TreeChannelOptions } from "./tree-channel.ts";

const FIRST_TIME_MS = 1_700_000_000_000;
const EVENT_TYPES = { NodeCreated: 1, NodeDeleted: 2, NodeDataChanged: 3, NodeChildrenChanged: 4 } as const;

export interface Asker {
  readonly sessionId: SessionId;
  readonly identities: readonly AuthId[];
}

export interface Answer {
  readonly code: ErrorCode | null;
  readonly body: ResponseBody | null;
}

/** A server in one object: the real tree, one request at a time, every session's events before the replies. */
export class TreeServer {
  readonly machine: CoreStateMachine = createStateMachine();
  private readonly channels = new Map<WatcherId, TreeChannel>();
  private counter = 0;

  openChannel(options: TreeChannelOptions = {}): TreeChannel {
    const applied = this.commit(
      { kind: "createSession", peerId: 1 as PeerId, timeoutMs: 10_000, verifier: new Uint8Array(16) },
      { sessionId: SESSION_NONE, identities: [] },
    );
    if (applied.outcome.kind !== "createSession") throw new Error(`no session: ${applied.outcome.kind}`);
    return new TreeChannel(this, applied.outcome.id, options);
  }

  connect(channel: TreeChannel, identities: readonly AuthId[]): WatcherId {
    const watcher = this.machine.openWatcher(identities);
    this.channels.set(watcher, channel);
    return watcher;
  }

  disconnect(watcher: WatcherId): void {
    this.channels.delete(watcher);
    this.machine.closeWatcher(watcher);
  }

  commit(request: WriteRequest, { sessionId, identities }: Asker): Applied {
    this.counter += 1;
    const zxid = createZxid(1, this.counter);
    const timeMs = (FIRST_TIME_MS + this.counter) as WallTimeMs;
    const txn = this.machine.prepare(request, { zxid, timeMs, sessionId, cxid: this.counter, identities });
    const applied = this.machine.apply(zxid, txn);
    for (const { kind, path, watchers } of applied.events) {
      for (const watcher of watchers) {
        const event = { kind: "notification", eventType: EVENT_TYPES[kind], state: 3, path } as const;
        this.channels.get(watcher)?.told(event, zxid);
      }
    }
    return applied;
  }

  write(request: WriteRequest, asker: Asker): Answer {
    const { outcome } = this.commit(request, asker);
    if (outcome.kind !== "error") return { code: null, body: bodyOf(request.kind, outcome) };
    if (outcome.results === null) return { code: outcome.code, body: null };
    // As on ZooKeeper's wire: the call has succeeded, its results say what has failed.
    const results = outcome.results.map((code): MultiResult => ({
      kind: "error",
      err: code === null ? 0 : wireOfCode(code),
    }));
    return { code: null, body: { kind: "multi", results } };
  }

  read(request: ReadRequest, asker: Asker & { readonly watcher: WatcherId }): Answer {
    const answer = this.machine.read(request, asker);
    if (answer.kind === "error") return { code: answer.code, body: null };
    // A view of the tree otherwise, while replies belong to their receiver.
    if (answer.kind !== "getData") return { code: null, body: answer };
    return { code: null, body: { ...answer, data: answer.data === null ? null : answer.data.slice() } };
  }
}

function bodyOf(kind: WriteRequest["kind"], outcome: Outcome): ResponseBody {
  switch (outcome.kind) {
    case "create":
      if (!(kind in OPCODES)) throw new Error(`${kind} is answered with a create`);
      return { kind: kind as "create2", path: outcome.path, stat: outcome.stat };
    case "setData":
    case "setACL":
      return { kind: outcome.kind, stat: outcome.stat };
    case "delete":
      return { kind: "delete" };
    case "multi":
      return { kind: "multi", results: outcome.results.map(resultOf) };
    default:
      throw new Error(`${kind} is answered with ${outcome.kind}`);
  }
}

function resultOf(outcome: Outcome): MultiResult {
  switch (outcome.kind) {
    case "create":
      return { kind: "create2", path: outcome.path, stat: outcome.stat };
    case "setData":
      return { kind: "setData", stat: outcome.stat };
    case "delete":
    case "check":
      return { kind: outcome.kind };
    default:
      throw new Error(`an operation has the outcome ${outcome.kind}`);
  }
}
