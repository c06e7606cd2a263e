import { spawn } from "node:child_process";

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  /** Its standard input, piece by piece; closed behind the last one. Default: empty. */
  readonly input?: readonly InputPiece[];
  /** Default: 90,000. */
  readonly deadlineMs?: number;
}

export interface InputPiece {
  /** What has to be done first may be done in the function, which gets what was written so far; a failure of it ends the program. */
  readonly text: string | ((output: string) => Promise<string>);
  /** The next piece is due once this stands in what the program has written so far. Default: at once. */
  readonly until?: string;
}

const DEADLINE_MS = 90_000;

/**
 * Resolves with what the program wrote, both streams in the order of its writes, once it has ended well. Rejects, with the output, when it
 * ends otherwise or does not end in time; then it is killed.
 */
export function runProgram({ command, args, input = [], deadlineMs = DEADLINE_MS }: Program): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, TZ: "UTC", LC_ALL: "C.UTF-8", PYTHONUNBUFFERED: "1" };
    // Two pipes would be read in an order of their own.
    const child = spawn("sh", ["-c", 'exec "$0" "$@" 2>&1', command, ...args], {
      stdio: ["pipe", "pipe", "ignore"],
      env,
    });
    let output = "";
    let heard = (): void => undefined;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      heard();
    });
    const feed = async (): Promise<void> => {
      for (const { text, until = "" } of input) {
        child.stdin.write(typeof text === "string" ? text : await text(output));
        while (!output.includes(until)) await new Promise<void>((wake) => (heard = wake));
      }
      child.stdin.end();
    };
    // A program that ends early says so by its exit code.
    child.stdin.on("error", () => undefined);
    let failure: string | null = null;
    const fail = (why: string): void => {
      failure ??= why;
      child.kill("SIGKILL");
    };
    const timer = setTimeout(() => fail(`it has not ended within ${deadlineMs} ms`), deadlineMs);
    feed().catch((error: unknown) => fail(String(error)));
    child.on("error", (error) => fail(error.message));
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (code !== 0) failure ??= `it has ended with ${code ?? signal}`;
      if (failure === null) resolve(output);
      else reject(new Error(`${command} ${args.join(" ")}: ${failure}; it wrote:\n${output}`));
    });
  });
}
