import type { SessionId } from "@coterie/interface";
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
  for (const { path, sessions } of watchesOf(server)) {
    for (const id of sessions) {
      const paths = bySession.get(id);
      if (paths === undefined) bySession.set(id, [path]);
      else paths.push(path);
    }
  }
  const blocks = [...bySession].map(([id, paths]) => `${hex(id)}\n${paths.map((path) => `\t${path}\n`).join("")}`);
  return `${blocks.join("")}\n`;
}

/** `wchp`: sessions by path. */
export function watchesByPathLines(server: WordServer): string {
  const blocks = watchesOf(server).map(
    ({ path, sessions }) => `${path}\n${sessions.map((id) => `\t${hex(id)}\n`).join("")}`,
  );
  return `${blocks.join("")}\n`;
}

function watchesOf({ serving }: WordServer): { readonly path: string; readonly sessions: readonly SessionId[] }[] {
  const { table } = serving;
  return [...table.machine.dataWatches()].map(([path, watchers]) => ({
    path,
    sessions: watchers.flatMap((watcher) => table.ofWatcher(watcher)?.sessionId ?? []),
  }));
}
