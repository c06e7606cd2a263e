import type { RoleView } from "@coterie/consensus";
import type { Applied } from "@coterie/core";
import type { CoterieError } from "@coterie/interface";
import type { EngineHandler } from "../../src/engine/engine.ts";
import type { PeerRequest } from "../../src/request/peer-request.ts";

/** Keeps what an engine tells, in words, and hands in what a test wants handed in, when it is time. */
export class TestHandler implements EngineHandler {
  readonly told: string[] = [];
  readonly roles: RoleView[] = [];
  readonly applieds: Applied[] = [];
  readonly refusals: PeerRequest[] = [];
  readonly confirmations: number[] = [];
  readonly confirmRefusals: number[] = [];
  reason: CoterieError | null = null;
  /** Called for each txn, within the turn. */
  onApplied: (applied: Applied) => void = () => undefined;
  /** Called as often as `turnEnding` is. */
  onTurnEnding: () => void = () => undefined;
  private todo: (() => void)[] = [];
  private isInside = false;

  /** What the next `turnEnding` does. */
  later(task: () => void): void {
    this.todo.push(task);
  }

  roleChanged(role: RoleView): void {
    this.hear(() => this.roles.push(role));
  }

  applied(applied: Applied): void {
    this.hear(() => {
      this.applieds.push(applied);
      this.onApplied(applied);
    });
  }

  requestsRefused(requests: readonly PeerRequest[]): void {
    this.hear(() => this.refusals.push(...requests));
  }

  confirmed(ids: readonly number[]): void {
    this.hear(() => this.confirmations.push(...ids));
  }

  confirmRefused(ids: readonly number[]): void {
    this.hear(() => this.confirmRefusals.push(...ids));
  }

  restored(): void {
    this.hear(() => this.told.push("restored"));
  }

  turnEnding(): void {
    this.hear(() => {
      this.onTurnEnding();
      const { todo } = this;
      this.todo = [];
      for (const task of todo) task();
    });
  }

  turnEnded(): void {
    this.hear(() => undefined);
  }

  stopped(reason: CoterieError): void {
    this.hear(() => {
      this.told.push(`stopped ${reason.code}`);
      this.reason = reason;
    });
  }

  /** Nothing is told inside of what is told, and nothing behind the end. */
  private hear(what: () => void): void {
    if (this.isInside) throw new Error("a handler is called inside a handler");
    if (this.reason !== null) throw new Error(`a handler is called behind its end: ${this.reason.code}`);
    this.isInside = true;
    try {
      what();
    } finally {
      this.isInside = false;
    }
  }
}
