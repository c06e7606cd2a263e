import type { Random } from "../../../packages/interface/src/index.ts";

export type Mode = "open" | "cut" | "silent" | "deaf" | "mute" | "slow" | "crumbs" | "twice";

export class Line {
  constructor(targetPort: number, random: Random);
  listen(): Promise<number>;
  close(): void;
  become(mode: Mode, delayMaxMs?: number): void;
  reset(): void;
  halve(): void;
}
