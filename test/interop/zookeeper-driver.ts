import type { RequestBody, WatcherEvent } from "@coterie/protocol";
import type { AuthId } from "../model/command.ts";
import type { Observation, Reply, Stat, WatchEvent, WatchEventType } from "../model/observation.ts";
import { FIRST_ZXID, type Step } from "../model/play-sequence.ts";
import type { Executor } from "./executor.ts";
import { openConnection, type SessionConnection } from "./session-connection.ts";
import { replyOf, requestOf } from "./wire-mapping.ts";

/** Runs commands against a real server that nobody used before. README.md says what is mapped and how. */
export interface ZooKeeperDriver extends Executor {
  close(): void;
}

export interface ZooKeeperDriverOptions {
  readonly host: string;
  readonly port: number;
  /** `user:base64(sha1(user:password))` to `user:password`, for every digest identity in the commands. */
  readonly credentials: ReadonlyMap<string, string>;
  /** `user:password` of the super user, which the driver's own session is. */
  readonly superCredential: string;
  /** The zxid of the first session of a server that nobody used. Default: 1, a standalone ZooKeeper's. */
  readonly firstZxid?: number;
  /** Whether taking up a session takes a zxid, as it does in Coterie; such zxids are left out of what is observed. Default: false. */
  readonly attachmentsTakeZxids?: boolean;
}

/** Long enough that no session expires during a sequence. */
const SESSION_TIMEOUT_MS = 40_000;
const ZOOKEEPER_FIRST_ZXID = 1;

const EVENT_TYPES: ReadonlyMap<number, WatchEventType> = new Map([
  [1, "NodeCreated"],
  [2, "NodeDeleted"],
  [3, "NodeDataChanged"],
  [4, "NodeChildrenChanged"],
]);

export async function createZooKeeperDriver(options: ZooKeeperDriverOptions): Promise<ZooKeeperDriver> {
  const { host, port } = options;
  const own = await openConnection({ host, port, timeoutMs: SESSION_TIMEOUT_MS });
  await authenticate(own, options.superCredential);
  const driver = new Driver(options, own);
  await driver.start();
  return driver;
}

async function authenticate(connection: SessionConnection, credential: string): Promise<void> {
  const auth = new TextEncoder().encode(credential);
  const { err } = await connection.request({ kind: "auth", authType: 0, scheme: "digest", auth });
  if (err !== 0) throw new Error(`the server refused the credential ${credential}`);
}

class Driver implements ZooKeeperDriver {
  private readonly options: ZooKeeperDriverOptions;
  private readonly own: SessionConnection;
  private readonly connections = new Map<number, SessionConnection>();
  private readonly zxids: ZxidMap;
  private lastZxid = 0;

  constructor(options: ZooKeeperDriverOptions, own: SessionConnection) {
    this.options = options;
    this.own = own;
    this.zxids = new ZxidMap(options.firstZxid ?? ZOOKEEPER_FIRST_ZXID);
  }

  async start(): Promise<void> {
    const { zxid } = await this.own.request({ kind: "ping" });
    if (zxid !== this.zxids.own) throw new Error(`the server is not fresh: its last zxid is ${zxid}`);
    this.lastZxid = zxid;
  }

  async run(step: Step): Promise<Observation> {
    const { session, reply } = await this.perform(step);
    const events = await this.collectEvents(session);
    const { zxid } = await this.own.request({ kind: "ping" });
    const isAttachment = step.command.kind === "reconnect" && this.options.attachmentsTakeZxids === true;
    if (isAttachment) this.zxids.skip(zxid);
    const zxidCount = zxid - this.lastZxid - (isAttachment ? 1 : 0);
    this.lastZxid = zxid;
    return { reply, events, zxidCount };
  }

  close(): void {
    this.own.destroy();
    for (const connection of this.connections.values()) connection.destroy();
  }

  /** The reply, and the connection that asked if it is not one of `connections` any more. */
  private async perform({ command, expected }: Step): Promise<{ reply: Reply; session?: [number, SessionConnection] }> {
    switch (command.kind) {
      case "openSession":
        return { reply: await this.openSession(command.session, command.auth) };
      case "reconnect":
        return { reply: await this.reconnect(command.session, command.auth) };
      case "advanceTime":
        return { reply: { ok: true } };
      case "reap":
        return { reply: await this.reap(expected.reply) };
      case "closeSession": {
        const connection = this.connectionOf(command.session);
        const { err } = await connection.request({ kind: "closeSession" });
        if (err !== 0) throw new Error(`closeSession answered ${err}`);
        connection.destroy();
        this.connections.delete(command.session);
        return { reply: { ok: true }, session: [command.session, connection] };
      }
      default: {
        const body = this.toServerZxids(requestOf(command));
        const response = await this.connectionOf(command.session).request(body);
        return { reply: fromServerZxids(replyOf(response), this.zxids) };
      }
    }
  }

  private connectionOf(session: number): SessionConnection {
    const connection = this.connections.get(session);
    if (connection === undefined) throw new Error(`session ${session} is not open`);
    return connection;
  }

  private async openSession(session: number, auth: readonly AuthId[]): Promise<Reply> {
    const connection = await this.connect(auth);
    this.connections.set(session, connection);
    return { ok: true, sessionId: connection.sessionId };
  }

  private async reconnect(session: number, auth: readonly AuthId[]): Promise<Reply> {
    const { sessionId: id, password, destroy } = this.connectionOf(session);
    destroy();
    this.connections.set(session, await this.connect(auth, { id, password }));
    return { ok: true };
  }

  /** The address is an identity without asking; so is "super" for who has the super user's password. */
  private async connect(
    auth: readonly AuthId[],
    session?: { readonly id: bigint; readonly password: Uint8Array },
  ): Promise<SessionConnection> {
    const { host, port } = this.options;
    const localAddress = auth.find(({ scheme }) => scheme === "ip")?.id ?? host;
    const connection = await openConnection({
      host,
      port,
      timeoutMs: SESSION_TIMEOUT_MS,
      localAddress,
      ...(session === undefined ? {} : { session }),
    });
    for (const { scheme, id } of auth) {
      if (scheme !== "digest") continue;
      const credential = this.options.credentials.get(id);
      if (credential === undefined) throw new Error(`no password is known for ${id}`);
      await authenticate(connection, credential);
    }
    return connection;
  }

  /**
   * Nobody can tell a server to reap now, nor what time it is. So this takes the paths that are due from the reference
   * and deletes them as the super user: the same transactions, without the decision.
   */
  private async reap(expected: Reply): Promise<Reply> {
    const due = expected.ok ? (expected.children ?? []) : [];
    const children: string[] = [];
    for (const path of due) {
      const { err } = await this.own.request({ kind: "delete", path, version: -1 });
      if (err === 0) children.push(path);
    }
    return { ok: true, children };
  }

  /**
   * Events are queued on every connection before the reply to the command that caused them, so one more round trip on
   * each connection brings all of them.
   */
  private async collectEvents(closed?: [number, SessionConnection]): Promise<WatchEvent[]> {
    await Promise.all([...this.connections.values()].map((connection) => connection.request({ kind: "ping" })));
    const all = closed === undefined ? [...this.connections] : [...this.connections, closed];
    return all.flatMap(([session, connection]) => connection.takeEvents().map((event) => eventOf(session, event)));
  }

  private toServerZxids(body: RequestBody): RequestBody {
    if (body.kind !== "setWatches2" || body.relativeZxid < 0) return body;
    return { ...body, relativeZxid: this.zxids.ofServer(body.relativeZxid) };
  }
}

/** Version 3.8 does not say which transaction an event belongs to. */
function eventOf(session: number, event: WatcherEvent): WatchEvent {
  const type = EVENT_TYPES.get(event.eventType);
  if (type === undefined) throw new Error(`event type ${event.eventType} is not known`);
  return { session, type, path: event.path, zxid: -1 };
}

/**
 * The server's zxids run like the reference's, which has neither the driver's own session nor any attachment; those of the first
 * nodes are 0 on both sides.
 */
class ZxidMap {
  /** Of the driver's own session. */
  readonly own: number;
  /** The server's zxids that the reference does not have, ascending. */
  private readonly skipped: number[];

  constructor(own: number) {
    this.own = own;
    this.skipped = [own];
  }

  skip(zxid: number): void {
    this.skipped.push(zxid);
  }

  ofReference(zxid: number): number {
    if (zxid === 0) return 0;
    return zxid - this.own - this.skipped.filter((other) => other <= zxid).length + FIRST_ZXID;
  }

  ofServer(zxid: number): number {
    let wanted = zxid - FIRST_ZXID + this.own;
    for (const other of this.skipped) if (other <= wanted) wanted += 1;
    return Math.min(Math.max(0, wanted), Number.MAX_SAFE_INTEGER);
  }
}

function fromServerZxids(reply: Reply, zxids: ZxidMap): Reply {
  if (!reply.ok) return reply;
  const shift = (stat: Stat): Stat => ({
    ...stat,
    czxid: zxids.ofReference(stat.czxid),
    mzxid: zxids.ofReference(stat.mzxid),
    pzxid: zxids.ofReference(stat.pzxid),
  });
  const results = reply.results?.map((result) =>
    result.ok && result.stat !== undefined ? { ...result, stat: shift(result.stat) } : result,
  );
  return {
    ...reply,
    ...(reply.stat === undefined ? {} : { stat: shift(reply.stat) }),
    ...(results === undefined ? {} : { results }),
  };
}
