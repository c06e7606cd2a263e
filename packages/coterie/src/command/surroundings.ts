import { readFileSync } from "node:fs";
import type { ReadFile } from "./config/serve-config.ts";

/** What a command has to do with its process; tests give others. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly readFile: ReadFile;
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
  readonly untilSignal: () => StopSignal;
  /** Calls `told` at each SIGHUP, which does nothing else then. The function that it gives ends that. */
  readonly onHangup: (told: () => void) => () => void;
  /** Resolves after so long, if the process lasts; it does not keep it. */
  readonly wait: (durationMs: number) => Promise<void>;
  /** A peer has begun to take part. */
  readonly started: () => void;
}

/** SIGTERM or SIGINT, or the end of the parent process where it is bound to that. */
export interface StopSignal {
  readonly arrived: Promise<void>;
  /** From here on signals do what they usually do. */
  ignore(): void;
}

export function createProcessSurroundings(started: () => void): Surroundings {
  return {
    environment: process.env,
    readFile: (path) => readFileSync(path, "utf8"),
    write: (text) => void process.stdout.write(text),
    writeError: (text) => void process.stderr.write(text),
    untilSignal,
    onHangup: (told) => {
      process.on("SIGHUP", told);
      return () => void process.off("SIGHUP", told);
    },
    wait: (durationMs) => new Promise((resolve) => void setTimeout(resolve, durationMs).unref()),
    started,
  };
}

function untilSignal(): StopSignal {
  let stop: () => void = () => undefined;
  const arrived = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const signals = ["SIGTERM", "SIGINT"] as const;
  for (const signal of signals) process.once(signal, stop);
  return {
    arrived,
    ignore: () => {
      for (const signal of signals) process.off(signal, stop);
    },
  };
}
