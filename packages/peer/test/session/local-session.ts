import type { ChannelState, SessionChannel } from "@coterie/session";
import type { CoterieError } from "@coterie/interface";
import { createInProcessChannel } from "../../src/session/in-process-channel.ts";
import { ServingWorld } from "../serving/serving-world.ts";
import { StallingClock } from "../support/stalling-clock.ts";

/** Of each session here. */
export const TIMEOUT_MS = 9_000;

/** A session in the process, connected, whose clock may stall, and what it was told. */
export class LocalSession {
  readonly clock = new StallingClock();
  readonly world = new ServingWorld({ clock: this.clock });
  readonly told: string[] = [];
  readonly channel: SessionChannel;

  constructor() {
    const { clock, world, told } = this;
    this.channel = createInProcessChannel(world.serving, { clock, sessionTimeoutMs: TIMEOUT_MS });
    this.channel.open({
      stateChanged: (state, reason) => told.push(this.wordsOf(state, reason)),
      watchEvent: ({ path }) => told.push(this.wordsOfEvent(path)),
      watches: () => ({ persistent: [], recursive: [] }),
      watchesRenewed: () => undefined,
    });
    this.settle();
    told.length = 0;
  }

  /** What is noted where the state is another one. */
  protected wordsOf(state: ChannelState, reason: CoterieError | null): string {
    return reason === null ? state : `${state} ${reason.code}`;
  }

  protected wordsOfEvent(path: string): string {
    return `event ${path}`;
  }

  settle(): void {
    for (let turns = -1; turns !== this.world.engine.turnCount;) {
      turns = this.world.engine.turnCount;
      this.world.engine.run();
      this.clock.settle();
    }
  }
}
