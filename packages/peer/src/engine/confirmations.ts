import type { Zxid } from "@coterie/interface";
import type { EngineHandler } from "./engine.ts";

/** What a quorum has confirmed, until the state machine has come as far. */
export class Confirmations {
  private readonly handler: EngineHandler;
  private waiting: { readonly ids: readonly number[]; readonly zxid: Zxid }[] = [];

  constructor(handler: EngineHandler) {
    this.handler = handler;
  }

  confirmed(ids: readonly number[], zxid: Zxid): void {
    this.waiting.push({ ids, zxid });
  }

  /** The state machine stands at `zxid`. */
  applied(zxid: Zxid): void {
    if (this.waiting.length === 0) return;
    const ready = this.waiting.filter((one) => one.zxid <= zxid);
    if (ready.length === 0) return;
    this.waiting = this.waiting.filter((one) => one.zxid > zxid);
    this.handler.confirmed(ready.flatMap(({ ids }) => ids));
  }

  clear(): void {
    this.waiting = [];
  }
}
