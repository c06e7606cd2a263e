import { MessageChannel, type MessagePort } from "node:worker_threads";

/**
 * Runs tasks, each in a turn of the event loop of its own, so that the promises which it settles have all run before the next. A turn
 * is a message through a channel of node:worker_threads, the one thing between promises and sockets that no fake timers replace.
 * The channel, which keeps the process alive, is there only while there is something to run: an open one would outlive its clock.
 */
export class Loop {
  /** Null: there is nothing to run. */
  private readonly nextTask: () => (() => void) | null;
  private ports: { readonly near: MessagePort; readonly post: () => void } | null = null;

  constructor(nextTask: () => (() => void) | null) {
    this.nextTask = nextTask;
  }

  /** Something is there to run. */
  wake(): void {
    if (this.ports !== null) return;
    const { port1: near, port2 } = new MessageChannel();
    const post = (): void => port2.postMessage(null);
    this.ports = { near, post };
    near.on("message", () => this.turn());
    post();
  }

  private turn(): void {
    const task = this.nextTask();
    if (task === null) {
      this.ports?.near.close();
      this.ports = null;
      return;
    }
    // Before the task, which may throw: that is its owner's mistake, and not the end of the others.
    this.ports?.post();
    task();
  }
}
