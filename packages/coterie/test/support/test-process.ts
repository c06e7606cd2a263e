import { readFileSync } from "node:fs";
import { main } from "../../src/command/main.ts";
import type { Surroundings } from "../../src/command/surroundings.ts";

export const NOTHING = (): void => undefined;

/** A process for a command to run in: what it writes, and a signal that ends it. */
export class TestProcess implements Surroundings {
  readonly environment = {};
  startedCount = 0;
  readonly started = (): void => void (this.startedCount += 1);
  out = "";
  errors = "";
  signalsTaken = 0;
  signal: () => void = () => undefined;
  private readonly waiting = new Set<() => void>();
  /** When the time is up that the command waits for. */
  timeIsUp: () => void = NOTHING;
  readonly wait = (): Promise<void> =>
    new Promise((resolve) => {
      this.timeIsUp = resolve;
    });
  /** SIGHUP; nobody listens for it unless the command does. */
  hangUp: (() => void) | null = null;
  readonly onHangup: Surroundings["onHangup"] = (told) => {
    this.hangUp = told;
    return () => void (this.hangUp = null);
  };
  readonly readFile = (path: string): string => readFileSync(path, "utf8");

  readonly write = (text: string): void => {
    this.out += text;
    for (const look of this.waiting) look();
  };

  readonly writeError = (text: string): void => {
    this.errors += text;
  };

  readonly untilSignal = (): ReturnType<Surroundings["untilSignal"]> => {
    this.signalsTaken += 1;
    const arrived = new Promise<void>((resolve) => {
      this.signal = resolve;
    });
    return { arrived, ignore: () => void (this.signalsTaken -= 1) };
  };

  /** What stands behind `pattern` in what was written, as soon as it is. */
  async written(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = pattern.exec(this.out)?.[1];
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
  }
}

export async function run(...args: string[]): Promise<[code: number, out: string, errors: string]> {
  const process = new TestProcess();
  return [await main(args, process), process.out, process.errors];
}

/** What `coterie serve` says where clients may connect. */
export const ADDRESS = /ZooKeeper clients may connect at (\S+)\n/;
