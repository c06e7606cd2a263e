import type { Session } from "@coterie/session";
import type { Dice } from "../../world/dice.ts";
import type { SimProcess } from "../world/sim-process.ts";
import type { CallerSettings } from "./caller.ts";

export interface WorkSettings extends CallerSettings {
  readonly session: Session;
  readonly process: SimProcess;
  readonly dice: Dice;
}

/** What a client does with one session. */
export interface ClientWork {
  /** What it has begun and what has not ended. */
  readonly openCount: number;
  /** The znodes that everything else is done with; somebody else may have made them. */
  prepare(): void;
  /** Begins one thing more. */
  draw(): void;
  /** Nothing more is begun: lets those go on who wait for what only it can do. */
  letGo(): void;
  /** Whether a write has got through. */
  lastWrite(): Promise<boolean>;
}
