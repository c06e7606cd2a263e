import { describe, expect, test } from "vitest";
import { AssertionError, CoterieError } from "@coterie/interface";
import { toOpenError, toStoreError, toWriteError } from "../src/database/store-error.ts";

function levelError(code: string, message: string): Error {
  const cause = Object.assign(new Error(message), { code });
  return Object.assign(new Error("Database failed to open", { cause }), { code: "LEVEL_DATABASE_NOT_OPEN" });
}

test.each([
  ["LEVEL_LOCKED", "IO error: lock db/LOCK: already held by process", "STORE_LOCKED", /close that one/],
  ["LEVEL_IO_ERROR", "IO error: db/000005.ldb: No space left on device", "STORE_FULL", /Make room/],
  ["LEVEL_IO_ERROR", "IO error: db/000005.ldb: Too many open files", "STORE_FAILED", /ulimit/],
  ["LEVEL_IO_ERROR", "IO error: db/LOCK: Permission denied", "STORE_FAILED", /permissions/],
  ["LEVEL_IO_ERROR", "IO error: db/LOCK: Read-only file system", "STORE_FAILED", /mounted read-only/],
  ["LEVEL_IO_ERROR", "IO error: db/000003.log: Input/output error", "STORE_FAILED", /Look at the disk/],
  ["LEVEL_CORRUPTION", "Corruption: bad block", "STORE_CORRUPT", /doctor/],
  ["LEVEL_IO_ERROR", "IO error: db/MANIFEST-000002: No such file or directory", "STORE_CORRUPT", /missing/],
  ["ENOSPC", "ENOSPC: write", "STORE_FULL", /Make room/],
  ["EACCES", "EACCES: open", "STORE_FAILED", /permissions/],
  ["EMFILE", "EMFILE: open", "STORE_FAILED", /ulimit/],
])("%s, %s, while opening is %s", (code, message, expected, advice) => {
  const error = toOpenError(levelError(code, message), "opening the store");
  expect(error).toMatchObject({ code: expected, message: expect.stringMatching(advice) });
  expect(error.message).toContain(message);
});

test("a file that is missing once the store is open is a failure of the medium", () => {
  const error = levelError("LEVEL_IO_ERROR", "IO error: db/000005.ldb: No such file or directory");
  expect(toStoreError(error, "reading")).toMatchObject({ code: "STORE_FAILED" });
});

test("what has a name keeps it, and what is no error at all gets one", () => {
  const named = new CoterieError("STORE_FOREIGN");
  const misuse = new AssertionError("no");
  expect(toStoreError(named, "reading")).toBe(named);
  expect(toStoreError(misuse, "reading")).toBe(misuse);
  expect(toStoreError("thrown", "reading")).toMatchObject({
    code: "STORE_FAILED",
    message: expect.stringContaining("thrown"),
  });
});

describe("what was being written", () => {
  const broken = levelError("LEVEL_IO_ERROR", "IO error: db/000003.log: Input/output error");

  test("is unknown after a write that failed, and nobody speaks of it after anything else", () => {
    const words = "What was being written may or may not be there.";
    expect(toWriteError(broken, "writing")).toMatchObject({
      code: "STORE_FAILED",
      message: expect.stringContaining(words),
    });
    for (const error of [toOpenError(broken, "opening"), toStoreError(broken, "reading")])
      expect(error.message).not.toContain(words);
  });

  test("names rebuild-database where the database meets damage that keeps it from writing", () => {
    const corrupt = levelError("LEVEL_CORRUPTION", "Corruption: corrupted compressed block contents");
    const message = expect.stringMatching(/corrupted compressed block contents.*rebuild-database/);
    expect(toWriteError(corrupt, "writing")).toMatchObject({ code: "STORE_FAILED", message });
  });
});
