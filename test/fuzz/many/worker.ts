import { parentPort, workerData } from "node:worker_threads";
import { type Fuzz, fuzzMany } from "./fuzz-many.ts";

/** What run.mjs gives a worker: a thread of its own, so that a target that never ends can be stopped and what it was given be kept. */
interface Work {
  readonly target: string;
  readonly seeds: readonly Uint8Array[];
  readonly executions: number;
  readonly seed: string;
  /** An integer of 32 bits, the length of the input, and room for it. */
  readonly current: SharedArrayBuffer;
}

const LENGTH_BYTES = 4;

async function work({ target, seeds, executions, seed, current }: Work): Promise<void> {
  const { fuzz } = (await import(target)) as { fuzz: Fuzz };
  const length = new Int32Array(current, 0, 1);
  const shown = new Uint8Array(current, LENGTH_BYTES);
  // What is refused is told apart by its message; where it was made is told only of what crashes.
  Error.stackTraceLimit = 0;
  const before = (input: Uint8Array): void => {
    length[0] = input.length;
    shown.set(input);
  };
  const result = await fuzzMany({
    fuzz,
    seeds,
    executions,
    seed,
    before,
    progress: (done) => tell({ done }),
  });
  Error.stackTraceLimit = 30;
  const crashes = result.crashes.map(({ input, error }) => ({ input, text: textOf(error) }));
  for (const crash of crashes) {
    try {
      await fuzz(crash.input);
    } catch (error) {
      crash.text = textOf(error);
    }
  }
  tell({ result: { ...result, crashes } });
}

function tell(message: object): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort!.postMessage(message);
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? String(error)) : String(error);
}

void work(workerData as Work);
