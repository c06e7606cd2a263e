import type { SessionId } from "@coterie/interface";
import { printable } from "../../printable.ts";
import { boundedText, WORD_ANSWER_LENGTH_MAX } from "./bounded-text.ts";
import { hex, type WordServer } from "./word-server.ts";

/** `wchs`: how many watch what. */
export function watchSummaryLines({ serving }: WordServer): string {
  const { machine } = serving.table;
  const watchers = new Set<number>();
  let pathCount = 0;
  let watchCount = 0;
  for (const [, ofPath] of machine.dataWatches()) {
    pathCount += 1;
    watchCount += ofPath.length;
    for (const watcher of ofPath) watchers.add(watcher);
  }
  return `${watchers.size} connections watching ${pathCount} paths\nTotal watches:${watchCount}\n`;
}

/** `wchc`: paths by session. */
export function watchesBySessionLines(server: WordServer): string {
  const bySession = new Map<SessionId, string[]>();
  let length = 0;
  for (const { path, sessions } of watchesOf(server)) {
    for (const id of sessions) {
      const paths = bySession.get(id);
      if (paths === undefined) bySession.set(id, [path]);
      else paths.push(path);
      length += path.length;
    }
    // More than that is not printed: nor is it gathered.
    if (length > WORD_ANSWER_LENGTH_MAX) break;
  }
  return `${boundedText(blocksOf(bySession))}\n`;
}

/** `wchp`: sessions by path. */
export function watchesByPathLines(server: WordServer): string {
  return `${boundedText(linesByPath(server))}\n`;
}

function* blocksOf(bySession: ReadonlyMap<SessionId, readonly string[]>): Generator<string> {
  for (const [id, paths] of bySession) {
    yield `${hex(id)}\n`;
    for (const path of paths) yield `\t${path}\n`;
  }
}

function* linesByPath(server: WordServer): Generator<string> {
  for (const { path, sessions } of watchesOf(server)) {
    yield `${path}\n`;
    for (const id of sessions) yield `\t${hex(id)}\n`;
  }
}

/** A watched path may be any text: it stays on its line. */
function* watchesOf({ serving }: WordServer): Generator<{ readonly path: string; readonly sessions: SessionId[] }> {
  const { table } = serving;
  for (const [path, watchers] of table.machine.dataWatches()) {
    const sessions = watchers.flatMap((watcher) => table.ofWatcher(watcher)?.sessionId ?? []);
    yield { path: printable(path), sessions };
  }
}
