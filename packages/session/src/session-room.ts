import type { Clock, CoterieError } from "@coterie/interface";
import { Deadlines } from "./call/deadlines.ts";
import { KnownParents } from "./call/parents.ts";
import { Signals } from "./call/signals.ts";
import type { WaitRoom } from "./call/wait.ts";
import type { ChannelState, SessionChannel } from "./channel.ts";
import { type Ending, refusalOf } from "./ended.ts";
import type { Chroot } from "./path/chroot.ts";
import { Watches } from "./watch/watches.ts";

/** For calls that name no deadline and are made before the session has a timeout, in milliseconds. */
const DEADLINE_UNCONNECTED_MS = 10_000;

/** What the calls, the watches and the end of one session share. */
export class SessionRoom implements WaitRoom {
  readonly channel: SessionChannel;
  readonly chroot: Chroot;
  readonly deadlines: Deadlines;
  readonly signals: Signals = new Signals();
  readonly known: KnownParents = new KnownParents();
  readonly watches: Watches;
  readonly clock: Clock;
  private readonly deadlineDefaultMs: number | undefined;
  private ending: Ending | null = null;
  private over: Promise<void> | null = null;
  private tellOver: () => void = () => undefined;

  constructor(channel: SessionChannel, chroot: Chroot, clock: Clock, deadlineDefaultMs: number | undefined) {
    this.channel = channel;
    this.chroot = chroot;
    this.clock = clock;
    this.deadlineDefaultMs = deadlineDefaultMs;
    this.deadlines = new Deadlines(clock);
    this.watches = new Watches(this, channel, chroot);
  }

  nowMs(): number {
    return this.clock.nowMs();
  }

  deadlineMs(): number {
    if (this.deadlineDefaultMs !== undefined) return this.deadlineDefaultMs;
    return this.channel.timeoutMs || DEADLINE_UNCONNECTED_MS;
  }

  refusal(path: string | undefined): CoterieError | null {
    return this.ending === null ? null : refusalOf(this.ending, path);
  }

  /** The channel's state is another one. */
  stateChanged(state: ChannelState, reason: CoterieError | null): void {
    if (state === "lost") this.end({ kind: "lost", reason });
    else if (state === "closed") this.end({ kind: "closed" });
    else return;
    // Everything was answered before; a timer would only hold on to the session.
    if (this.deadlines.size === 0) this.deadlines.stop();
    this.tellOver();
  }

  /** Asks the channel to end the session; resolves when it says that it is over. The first way to ask counts. */
  leave(how: "close" | "detach"): Promise<void> {
    if (this.over === null) {
      const isOver = this.ending !== null;
      this.over = isOver ? Promise.resolve() : new Promise((resolve) => (this.tellOver = resolve));
      if (!isOver) {
        this.end({ kind: "closed" });
        this.channel[how]();
      }
    }
    return this.over;
  }

  private end(ending: Ending): void {
    if (this.ending !== null) return;
    this.ending = ending;
    this.watches.end(ending.kind === "lost" ? refusalOf(ending, undefined) : null);
  }
}
