import { ADD_WATCH_MODES, WATCHER_TYPES } from "@coterie/protocol";
import type { WatchEvent } from "../session.ts";
import type { ArmingWait } from "./arming-wait.ts";
import type { WatchStream } from "./watch-stream.ts";

export type WatchMode = "persistent" | "recursive";

export const WIRE_MODES: Readonly<Record<WatchMode, number>> = Object.freeze({
  persistent: ADD_WATCH_MODES.Persistent,
  recursive: ADD_WATCH_MODES.PersistentRecursive,
});

export const WIRE_TYPES: Readonly<Record<WatchMode, number>> = Object.freeze({
  persistent: WATCHER_TYPES.Persistent,
  recursive: WATCHER_TYPES.PersistentRecursive,
});

/** What a session watches at one full path in one mode, for however many streams. */
export class Registration {
  readonly path: string;
  readonly mode: WatchMode;
  readonly streams: Set<WatchStream> = new Set();
  /** Of those streams, the ones whose `watch` has not resolved. */
  waits: ArmingWait[] = [];
  isArmed = false;
  /**
   * A persistent one that lives on the events of the recursive one at its path, because the server may keep one mode a path
   * (watches.ts): what happens to children is told by their own events.
   */
  isCarried = false;

  constructor(path: string, mode: WatchMode) {
    this.path = path;
    this.mode = mode;
  }

  tell(event: WatchEvent): void {
    for (const stream of this.streams) stream.push(event);
  }

  armed(): void {
    this.isArmed = true;
    const { waits } = this;
    this.waits = [];
    for (const wait of waits) wait.armed();
  }

  failed(error: Error): void {
    const { waits } = this;
    this.waits = [];
    for (const wait of waits) wait.fail(error);
  }
}
