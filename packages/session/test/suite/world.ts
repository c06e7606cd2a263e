import { randomUUID } from "node:crypto";
import { CoterieError } from "@coterie/interface";
import type { Session, Watch, WatchEvent } from "../../src/index.ts";

/** A way to sessions that the suite is run over. */
export interface SessionSetting {
  /** A new session, connected. With `chroot` its paths begin there; that znode may be missing. */
  open(options?: { readonly chroot?: string }): Promise<Session>;
  /** What the server behind it cannot do; what is not named is expected. */
  readonly lacks?: readonly SuiteFeature[];
}

export type SuiteFeature =
  /** ZooKeeper without extendedTypesEnabled. */
  | "ttl"
  /** ZooKeeper before 3.7. */
  | "who-am-i"
  /** A quorum that confirms linearizable reads: Apache ZooKeeper does not. */
  | "linearizable"
  /** The Stat of what a transaction has created: ZooKeeper before 3.9 tells the path alone. */
  | "transaction-stats"
  /** The zxid in events: ZooKeeper before 3.9. */
  | "event-zxids";

/** The sessions of one case, and a root of its own in a tree that others use, too. */
export class World {
  readonly root: string = `/suite-${randomUUID()}`;
  private readonly setting: SessionSetting;
  private readonly sessions: Session[] = [];

  constructor(setting: SessionSetting) {
    this.setting = setting;
  }

  lacks(feature: SuiteFeature): boolean {
    return this.setting.lacks?.includes(feature) ?? false;
  }

  async open(options?: { readonly chroot?: string }): Promise<Session> {
    const session = await this.setting.open(options);
    this.sessions.push(session);
    return session;
  }

  /** A session for which the root has been made. */
  async openWithRoot(): Promise<Session> {
    const session = await this.open();
    await session.create(this.root);
    return session;
  }

  /** Leaves nothing in the tree and no session open. */
  async end(): Promise<void> {
    for (const session of this.sessions) await session.close();
    const session = await this.setting.open();
    await session.sync();
    await removeAll(session, this.root);
    await session.close();
  }
}

/** What a server reaps meanwhile, an empty container say, is gone as well. */
async function removeAll(session: Session, path: string): Promise<void> {
  try {
    const { children } = await session.children(path);
    for (const name of children) await removeAll(session, `${path}/${name}`);
    await session.delete(path);
  } catch (error) {
    if (!(error instanceof CoterieError) || error.code !== "NO_NODE") throw error;
  }
}

/** The code that a call has rejected with; fails if it has not. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  const error = await errorOf(call);
  return error.code;
}

export async function errorOf(call: Promise<unknown>): Promise<CoterieError> {
  const error: unknown = await call.then(
    () => new Error("the call has not failed"),
    (reason: unknown) => reason,
  );
  if (error instanceof CoterieError) return error;
  throw error;
}

/** The next `count` events. */
export async function take(watch: Watch, count: number): Promise<WatchEvent[]> {
  const iterator = watch[Symbol.asyncIterator]();
  const events: WatchEvent[] = [];
  while (events.length < count) {
    const step = await iterator.next();
    if (step.done === true) throw new Error(`the watch ended behind ${events.length} events`);
    events.push(step.value);
  }
  return events;
}

/** `kind path` of the next `count` events. */
export async function told(watch: Watch, count: number): Promise<string[]> {
  return (await take(watch, count)).map(({ kind, path }) => `${kind} ${path}`);
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
