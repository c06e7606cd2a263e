import { AssertionError, CoterieError, type ErrorCode } from "@coterie/interface";

interface Failure {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  readonly advice: string;
}

/** By the codes of abstract-level and of Node.js, and by the words of LevelDB, which passes the system's message on. */
const FAILURES: readonly Failure[] = [
  {
    pattern: /LEVEL_LOCKED/,
    code: "STORE_LOCKED",
    advice: "Another process, or another handle in this one, has it open: close that one, or give this peer its own.",
  },
  {
    pattern: /ENOSPC|EDQUOT|No space left|Disk quota|not enough space/i,
    code: "STORE_FULL",
    advice: "Make room, then open the store anew; nothing that was acknowledged is lost.",
  },
  {
    pattern: /EMFILE|ENFILE|Too many open files/i,
    code: "STORE_FAILED",
    advice: "The process may open no more files: raise its limit (ulimit -n) and open the store anew.",
  },
  {
    pattern: /EACCES|EPERM|Permission denied|Operation not permitted/i,
    code: "STORE_FAILED",
    advice: "This user may not read and write it: correct the owner or the permissions, and open the store anew.",
  },
  {
    pattern: /EROFS|Read-only file system/i,
    code: "STORE_FAILED",
    advice: "The file system is mounted read-only, which often follows an error of the disk: look at the system's log.",
  },
  {
    pattern: /LEVEL_CORRUPTION/,
    code: "STORE_CORRUPT",
    advice: "Look at it with the doctor, which changes nothing, before any repair.",
  },
];

const OTHER: Omit<Failure, "pattern"> = {
  code: "STORE_FAILED",
  advice: "Look at the disk, then open the store anew.",
};

const REBUILD = "Close the store, look at it with the doctor, and let rebuild-database make its database anew.";
const UNKNOWN_OUTCOME = "What was being written may or may not be there.";

/** Names a failure of the medium and says what to do. What has a name already is handed on. */
export function toStoreError(error: unknown, doing: string): CoterieError | AssertionError {
  if (error instanceof CoterieError || error instanceof AssertionError) return error;
  const words = wordsOf(error);
  const { code, advice } = FAILURES.find(({ pattern }) => pattern.test(words)) ?? OTHER;
  return new CoterieError(code, `${doing}: ${lastMessage(error)}. ${advice}`, { cause: error });
}

/**
 * As `toStoreError`, of a write: what it has left is unknown. And damage that the database itself meets then, mostly in
 * compacting, is no damage of the log, which is checked by what reads it; it lets the database take no more writes.
 */
export function toWriteError(error: unknown, doing: string): CoterieError | AssertionError {
  const named = toStoreError(error, doing);
  if (named instanceof AssertionError || named === error) return named;
  const { code, message, cause } = named;
  if (code === "STORE_FAILED") return new CoterieError(code, `${message} ${UNKNOWN_OUTCOME}`, { cause });
  if (code !== "STORE_CORRUPT") return named;
  return new CoterieError("STORE_FAILED", `${doing}: ${lastMessage(error)}. ${REBUILD} ${UNKNOWN_OUTCOME}`, { cause });
}

/** As `toStoreError`, while opening: a file that LevelDB misses then is damage. */
export function toOpenError(error: unknown, doing: string): CoterieError | AssertionError {
  const words = wordsOf(error);
  const isMissing =
    (/LEVEL_IO_ERROR/.test(words) && /No such file|does not exist|not found/i.test(words)) ||
    // CURRENT, without which LevelDB would have to make a database.
    /create_if_missing is false/.test(words);
  if (!isMissing) return toStoreError(error, doing);
  const advice = "A file of the database is missing. Nothing was changed; the doctor says what is left.";
  return new CoterieError("STORE_CORRUPT", `${doing}: ${lastMessage(error)}. ${advice}`, { cause: error });
}

function wordsOf(error: unknown): string {
  return chainOf(error)
    .map(({ code, message }) => `${code} ${message}`)
    .join(" ");
}

function lastMessage(error: unknown): string {
  return chainOf(error).at(-1)?.message ?? String(error);
}

/** An error and what caused it; abstract-level wraps the database's own. */
function chainOf(error: unknown): readonly { readonly code: string; readonly message: string }[] {
  const chain: Error[] = [];
  for (let at = error; at instanceof Error && !chain.includes(at); at = at.cause) chain.push(at);
  return chain.map((link) => ({ code: "code" in link ? String(link.code) : "", message: link.message }));
}
