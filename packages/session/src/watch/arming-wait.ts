import { Wait, type WaitRoom } from "../call/wait.ts";
import type { Watch } from "../session.ts";
import type { WatchStream } from "./watch-stream.ts";

/** The promise of `watch`, until its watch is armed. */
export class ArmingWait extends Wait<Watch> {
  private readonly stream: WatchStream;

  constructor(room: WaitRoom, stream: WatchStream, resolve: (watch: Watch) => void, reject: (error: Error) => void) {
    super(room, stream.path, resolve, reject);
    this.stream = stream;
  }

  armed(): void {
    if (!this.isOpen) return;
    this.succeed(this.stream);
    this.stream.armed();
  }

  /** Nobody gets the stream: its registration goes, if it is the last. */
  override fail(error: Error): void {
    super.fail(error);
    void this.stream.close();
  }
}
