import type { ReadOptions, Session, Znode } from "@coterie/session";
import type { CacheEvent } from "../../src/index.ts";

/** Reads all changes, and keeps what they say that there is. */
export class Replay {
  readonly told: string[] = [];
  readonly entries = new Map<string, Znode>();
  error: unknown;
  isOver = false;
  private readonly keyOf: (event: { readonly path: string; readonly name: string }) => string;

  constructor(changes: AsyncIterable<CacheEvent>, keys: "name" | "path") {
    this.keyOf = (event) => event[keys];
    void this.read(changes);
  }

  /** What was told since it was asked last. */
  news(): string[] {
    return this.told.splice(0);
  }

  private async read(changes: AsyncIterable<CacheEvent>): Promise<void> {
    try {
      for await (const event of changes) this.take(event);
    } catch (error) {
      this.error = error;
    }
    this.isOver = true;
  }

  private take(event: CacheEvent): void {
    if (event.kind === "initialised") this.told.push(event.kind);
    else if (event.kind === "reset") {
      this.told.push(`reset to ${event.entries.size}`);
      this.entries.clear();
      for (const [key, znode] of event.entries) this.entries.set(key, znode);
    } else {
      this.told.push(`${event.kind} ${this.keyOf(event)}`);
      this.keep(event);
    }
  }

  private keep(event: Exclude<CacheEvent, { kind: "initialised" | "reset" }>): void {
    const key = this.keyOf(event);
    const known = this.entries.get(key);
    if (event.kind === "denied") return;
    const previous = event.kind === "added" ? undefined : event.previous;
    if (previous !== known) throw new Error(`${event.kind} ${key}, of which something else was told before`);
    if (event.kind === "removed") this.entries.delete(key);
    else this.entries.set(key, event.znode);
  }
}

/** `key: data @ czxid.mzxid` of each, in order: what two views of a tree have in common if they are of the same. */
export function shown(entries: ReadonlyMap<string, Pick<Znode, "stat" | "text">>): string[] {
  return [...entries].map(([key, znode]) => shownZnode(key, znode)).toSorted();
}

/** As `shown`, of what the tree itself holds at `path`, and `depth` levels below, the least deep being `depthMin`. */
export async function shownTree(session: Session, path: string, depthMin: number, depthMax: number): Promise<string[]> {
  const found: string[] = [];
  const walk = async (at: string, depth: number): Promise<void> => {
    if ((await session.exists(at)) === null) return;
    const key = depthMin === 1 ? at.slice(path.length + 1) : at;
    if (depth >= depthMin) found.push(shownZnode(key, await session.get(at)));
    if (depth === depthMax) return;
    for (const name of (await session.children(at)).children) await walk(`${at}/${name}`, depth + 1);
  };
  await walk(path, 0);
  return found.toSorted();
}

function shownZnode(key: string, znode: Pick<Znode, "stat" | "text">): string {
  return `${key}: ${znode.text()} @ ${znode.stat.czxid}.${znode.stat.mzxid}`;
}

/** Lets the first answer to a read of `path` wait until it is let go; later ones come before it. */
export function hold(session: Session, method: "get" | "children", path: string): { letGo(): void } {
  const gate: { letGo: () => void } = { letGo: () => undefined };
  const opened = new Promise<void>((resolve) => (gate.letGo = resolve));
  const ask = session[method].bind(session) as (path: string, options?: ReadOptions) => Promise<never>;
  let isHeld = false;
  session[method] = async (asked: string, options?: ReadOptions): Promise<never> => {
    const answer = await ask(asked, options);
    if (asked === path && !isHeld) {
      isHeld = true;
      await opened;
    }
    return answer;
  };
  return gate;
}
