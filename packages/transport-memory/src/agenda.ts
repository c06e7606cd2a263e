import type { Schedule } from "./schedule.ts";

/**
 * What the network does next. Everything that a handler hears, it hears from a task, and tasks run one after the other
 * in a turn of their own: that is why no handler runs inside a call or inside another handler.
 */
export class Agenda {
  private readonly schedule: Schedule;
  private tasks: (() => void)[] = [];

  constructor(schedule: Schedule) {
    this.schedule = schedule;
  }

  add(task: () => void): void {
    if (this.tasks.push(task) === 1) this.schedule.nextTurn(() => this.run());
  }

  /** What is added meanwhile runs in the next turn. */
  private run(): void {
    const tasks = this.tasks;
    this.tasks = [];
    let done = 0;
    try {
      for (const task of tasks) {
        done += 1;
        task();
      }
    } finally {
      // A handler has thrown: that is its owner's mistake, and not the end of the others' connections.
      for (const task of tasks.slice(done)) this.add(task);
    }
  }
}
