import { basename, join } from "node:path";
import { KeyWalk } from "./block.ts";
import { checkTable, type Danger } from "./check-table.ts";
import { type LiveLogs, type LiveTable, readManifest } from "./manifest.ts";
import { fileNamesIn } from "../paths.ts";
import { isNoRegularFile, openTableFile, ReadBuffer, type TableFile } from "./table-file.ts";
import { findMisplacedWrites } from "./write-log.ts";

/** Tables that are looked at at a time: one is checked while others are read. */
const LANES = 3;
/** It holds a name and the end of its line. */
const CURRENT_SIZE_MAX_BYTES = 4096;

export interface FileDanger extends Danger {
  /** The file's name in the database's directory. */
  readonly file: string;
}

/**
 * What LevelDB must not be given of the database in this directory, as far as files alone show it. Changes nothing. Whatever LevelDB
 * finds by itself, a missing file say, is left for it to say: it is only asked once nothing is found here.
 *
 * Another process may have the database open: LevelDB does not change a table once its MANIFEST names it, so damage is damage.
 */
export async function findDangers(directory: string): Promise<readonly FileDanger[]> {
  try {
    return await lookAt(directory);
  } catch (error) {
    if (isNoRegularFile(error)) return [wholeFile(basename(error.path), "is no regular file")];
    throw error;
  }
}

async function lookAt(directory: string): Promise<readonly FileDanger[]> {
  const current = await withFile(join(directory, "CURRENT"), new ReadBuffer(), async (file) =>
    Buffer.from(await file.read(0, CURRENT_SIZE_MAX_BYTES)).toString("latin1"),
  );
  if (current === null || !current.endsWith("\n")) return [];
  const name = current.slice(0, -1);
  if (!/^MANIFEST-\d+$/.test(name)) return [wholeFile("CURRENT", "does not name a MANIFEST")];
  const manifest = await withFile(join(directory, name), new ReadBuffer(), readManifest);
  if (manifest === null || manifest.kind === "refused") return [];
  if (manifest.kind === "dangerous") return [wholeFile(name, manifest.what)];
  const inTables = await checkTables(directory, manifest.tables);
  return [...inTables, ...(await checkLogs(directory, manifest.logs))];
}

async function checkLogs(directory: string, { from, previous }: LiveLogs): Promise<readonly FileDanger[]> {
  const names = (await fileNamesIn(directory)).filter((name) => {
    const number = Number(/^(\d+)\.log$/.exec(name)?.[1] ?? Number.NaN);
    return number >= from || (previous !== 0 && number === previous);
  });
  const dangers: FileDanger[] = [];
  const buffer = new ReadBuffer();
  for (const file of names.sort()) {
    const found = await withFile(join(directory, file), buffer, findMisplacedWrites);
    dangers.push(...(found ?? []).map((write): FileDanger => ({ file, part: "write", sizeBytes: 0, ...write })));
  }
  return dangers;
}

function wholeFile(file: string, what: string): FileDanger {
  return { file, part: "file", offset: 0, sizeBytes: 0, what };
}

async function checkTables(directory: string, tables: readonly LiveTable[]): Promise<readonly FileDanger[]> {
  const dangers: FileDanger[] = [];
  const left = tables.toReversed();
  const failures: unknown[] = [];
  const lane = async (): Promise<void> => {
    const [buffer, walk] = [new ReadBuffer(), new KeyWalk()];
    for (let table = left.pop(); table !== undefined && failures.length === 0; table = left.pop()) {
      for (const file of namesOf(table)) {
        const found = await withFile(join(directory, file), buffer, async (opened) => checkTable(opened, table, walk));
        dangers.push(...(found ?? []).map((danger) => ({ ...danger, file })));
        if (found !== null) break;
      }
    }
  };
  const lanes = Array.from({ length: LANES }, async () => lane().catch((error: unknown) => failures.push(error)));
  // Once this settles, nobody reads any more.
  await Promise.all(lanes);
  if (failures.length > 0) throw failures[0];
  return dangers.sort((one, other) => (one.file < other.file ? -1 : 1));
}

/** LevelDB looks for a table by these names, one after the other. */
function namesOf({ number }: LiveTable): readonly string[] {
  const digits = String(number).padStart(6, "0");
  return [`${digits}.ldb`, `${digits}.sst`];
}

/** Null if there is no such file. */
async function withFile<T>(path: string, buffer: ReadBuffer, work: (file: TableFile) => Promise<T>): Promise<T | null> {
  let file: TableFile;
  try {
    file = await openTableFile(path, buffer);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}
