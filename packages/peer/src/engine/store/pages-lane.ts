import type { LogStorage } from "@coterie/interface";

/** What is done to the store's draft, in order, one at a time. */
type Task =
  | { readonly kind: "add"; readonly pages: readonly Uint8Array[]; readonly isOwn: boolean; readonly draft: number }
  | { readonly kind: "drop" };

export interface PagesLaneHost {
  readonly storage: Pick<LogStorage, "addPages" | "dropPages">;
  /** A purge has been begun, and its end has not been handed in. */
  isPurging(): boolean;
  /** To which draft, as `PagesLane.draft` counts them. */
  pagesAdded(isOwn: boolean, draft: number): void;
  failed(error: unknown): void;
}

/** The draft of a checkpoint: this peer's own, or another's. */
export class PagesLane {
  private readonly host: PagesLaneHost;
  private tasks: Task[] = [];
  private isBusy = false;
  private drops = 0;

  constructor(host: PagesLaneHost) {
    this.host = host;
  }

  add(pages: readonly Uint8Array[], isOwn: boolean): void {
    this.tasks.push({ kind: "add", pages, isOwn, draft: this.drops });
    this.run();
  }

  /** Which draft it is that grows now: what was added to an earlier one counts for nothing, whenever it is heard of. */
  get draft(): number {
    return this.drops;
  }

  /** Another peer's checkpoint comes in, or comes no more: it waits for a purge that is under way. */
  drop(): void {
    this.drops += 1;
    this.tasks = this.tasks.filter((task) => task.kind === "drop" || task.isOwn);
    this.tasks.push({ kind: "drop" });
    this.run();
  }

  /** Also when a purge has ended. */
  run(): void {
    const task = this.tasks[0];
    if (this.isBusy || task === undefined || (task.kind === "drop" && this.host.isPurging())) return;
    this.tasks.shift();
    this.isBusy = true;
    const { storage } = this.host;
    const work = task.kind === "add" ? storage.addPages(task.pages) : storage.dropPages();
    work.then(
      () => {
        this.isBusy = false;
        if (task.kind === "add") this.host.pagesAdded(task.isOwn, task.draft);
        this.run();
      },
      (error: unknown) => this.host.failed(error),
    );
  }
}
