import type { ReadFile } from "./serve-config.ts";

const ADVICE: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a directory, where a file is needed",
  ENOTDIR: "a part of its path is no directory",
  EACCES: "this user may not read it",
};

/**
 * The text of a file that the operator has named; `what` it is for.
 *
 * @throws Error that says which file it is, what it is for and why it cannot be read.
 */
export function readNamed(path: string, what: string, readFile: ReadFile): string {
  try {
    return readFile(path);
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    throw new Error(`${path}, ${what}, cannot be read: ${ADVICE[code] ?? message}`, { cause: error });
  }
}
