import { createSessionTimeoutBounds } from "@coterie/core";
import { createSeededRandom, type CoterieError, type ErrorCode, type PeerId, type SessionId } from "@coterie/interface";
import type { RequestBody, ResponseBody, WatcherEvent } from "@coterie/protocol";
import { ManualClock } from "../../../interface/test/manual-clock.ts";
import type { ArrivalSource } from "../../src/serving/arrival-source.ts";
import {
  createServing,
  LEADER_CHANGE_MAX_MS,
  type PeerServing,
  type ServingOptions,
} from "../../src/serving/create-serving.ts";
import type { ConnectionRequest, Served, ServedEnd, ServedSession, ServedSink } from "../../src/serving/serving.ts";
import { FakeEngine, LEADING } from "./fake-engine.ts";

export interface ToldReply {
  readonly tag: number;
  readonly zxid: number;
  readonly code: ErrorCode | null;
  readonly body: ResponseBody | null;
}

/** The client's end of a connection: what it is told, in order. */
export class TestClient implements ServedSink {
  /** Set where a test says how much its client reads. */
  isFull = false;
  isOver = false;
  readonly told: unknown[] = [];
  readonly replies: ToldReply[] = [];
  session: ServedSession | null = null;
  end: ServedEnd | null = null;
  flushCount = 0;
  drainedCount = 0;
  served: Served | null = null;

  connected(session: ServedSession): void {
    this.session = session;
    this.told.push("connected");
  }

  replied(tag: number, zxid: number, code: ErrorCode | null, body: ResponseBody | null): void {
    this.told.push(tag);
    this.replies.push({ tag, zxid, code, body: structuredClone(body) });
  }

  notified(event: WatcherEvent, zxid: number): void {
    this.told.push(`${event.eventType} ${event.path} @${zxid}`);
  }

  submitAgain(): void {
    this.drainedCount += 1;
  }

  flush(): void {
    this.flushCount += 1;
  }

  ended(cause: ServedEnd, _reason: CoterieError | null): void {
    this.end = cause;
    this.told.push(cause);
  }

  get id(): SessionId {
    return this.session!.id;
  }
}

/** A peer's serving over a fake engine, and clients that act in turns. */
export class ServingWorld implements ArrivalSource {
  readonly clock = new ManualClock();
  readonly engine = new FakeEngine();
  readonly serving: PeerServing;
  readonly changes: string[] = [];
  stopReason: CoterieError | null = null;
  private acts: (() => void)[] = [];

  constructor(options: Partial<ServingOptions> = {}) {
    this.serving = createServing(this.engine, {
      peerId: 1 as PeerId,
      clock: this.clock,
      random: createSeededRandom(1),
      timeouts: createSessionTimeoutBounds(2_000),
      sessionChanged: (kind) => void this.changes.push(kind),
      ...options,
    });
    this.engine.handler = this.serving;
    this.serving.addSource(this);
    this.engine.become(LEADING);
    this.engine.run();
  }

  takeArrivals(): void {
    const { acts } = this;
    this.acts = [];
    for (const act of acts) act();
  }

  peerStopped(reason: CoterieError): void {
    this.stopReason = reason;
  }

  /** The leader is lost, and none comes in the time that connections wait for one. The next one has `inHistory` of what was asked for. */
  loseLeader(inHistory = 0): void {
    this.engine.loseLeader(inHistory);
    this.engine.run();
    this.clock.advance(LEADER_CHANGE_MAX_MS);
  }

  /** Does something where arrivals are taken, and runs turns until all is quiet. */
  act(act: () => void): void {
    this.later(act);
    this.engine.run();
  }

  later(act: () => void): void {
    this.acts.push(act);
    this.serving.arrived(this);
  }

  begin(request: Partial<ConnectionRequest> = {}): TestClient {
    const client = new TestClient();
    const full = { session: null, timeoutMs: 10_000, lastZxidSeen: 0, identities: [], ...request };
    this.later(() => {
      client.served = this.serving.connect(full, client);
    });
    return client;
  }

  connect(request: Partial<ConnectionRequest> = {}): TestClient {
    const client = this.begin(request);
    this.engine.run();
    return client;
  }

  reconnect(client: TestClient): TestClient {
    return this.connect({ session: { id: client.id, password: client.session!.password } });
  }

  /** All of them arrive in one turn; tags count from 1 on. */
  ask(client: TestClient, ...bodies: RequestBody[]): ToldReply[] {
    client.replies.length = 0;
    this.act(() => {
      for (const [index, body] of bodies.entries()) client.served!.submit(index + 1, body);
    });
    return [...client.replies];
  }

  askOne(client: TestClient, body: RequestBody): ToldReply {
    return this.ask(client, body)[0]!;
  }
}

export const OPEN_ACL = [{ perms: 31, scheme: "world", id: "anyone" }];

export function create(path: string, flags = 0): RequestBody {
  return { kind: "create", path, data: new Uint8Array([7]), acl: OPEN_ACL, flags };
}

export function get(path: string, watch = false): RequestBody {
  return { kind: "getData", path, watch };
}
