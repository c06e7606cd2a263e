import { createSession, type Session } from "@coterie/session";
import { ManualClock } from "../../../interface/test/manual-clock.ts";
import { TreeServer } from "../../../session/test/support/tree-server.ts";
import { FaultyChannel } from "./faulty-channel.ts";

export interface Application {
  readonly session: Session;
  readonly channel: FaultyChannel;
}

/** One tree and the sessions of several applications, under one clock that stands still. */
export class World {
  readonly server = new TreeServer();
  readonly clock = new ManualClock();

  async open(): Promise<Application> {
    const channel = new FaultyChannel(this.server.openChannel());
    const session = createSession(channel, { clock: this.clock });
    await this.settle();
    return { session, channel };
  }

  /** Until nothing moves any more by itself. */
  async settle(): Promise<void> {
    for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** The names below a path; none if it is not there. */
  names(path: string): readonly string[] {
    const asker = { sessionId: 0n as never, identities: [], watcher: -1 as never };
    const { body } = this.server.read({ kind: "getChildren2", path, watch: false }, asker);
    return body?.kind === "getChildren2" ? [...body.children] : [];
  }
}

/** What has become of a promise by now. */
export function watched<Value>(promise: Promise<Value>): { value: Value | undefined; error: unknown; isOver: boolean } {
  const seen: { value: Value | undefined; error: unknown; isOver: boolean } = {
    value: undefined,
    error: undefined,
    isOver: false,
  };
  promise.then(
    (value) => Object.assign(seen, { value, isOver: true }),
    (error: unknown) => Object.assign(seen, { error, isOver: true }),
  );
  return seen;
}
