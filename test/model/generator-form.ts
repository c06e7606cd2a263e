import { type Command, type MultiOp, type MultiReadOp, sessionOf } from "./command.ts";
import { openSessionCommand } from "./generator-pools.ts";
import type { GeneratorSettings } from "./generator-settings.ts";
import { resolveCommand, START_TIME_MS } from "./play-sequence.ts";
import { createReferenceTree, type ReferenceTree } from "./reference-tree.ts";

/**
 * Turns drafts into a sequence of plain commands: a session's first command is preceded by its openSession, an open
 * session is not opened again, and picked paths become real ones. A picked path is `?n` (the n-th existing node,
 * counted round) or `!n` (the n-th leaf), maybe followed by more path; which nodes exist is found out by running the
 * commands on a reference of its own. What a driver gets holds no picks.
 */
export function wellFormed(drafts: readonly Command[], settings: Required<GeneratorSettings>): Command[] {
  const kinds = settings.kinds.length === 0 ? undefined : new Set(settings.kinds);
  const tree = createReferenceTree({ extendedTypesEnabled: true });
  const staleLeft = new Map<number, number>();
  const result: Command[] = [];
  let timeMs = START_TIME_MS;

  function push(command: Command): void {
    timeMs += command.kind === "advanceTime" ? command.ms : 1;
    tree.run(resolveCommand(command, tree), { zxid: tree.lastZxid() + 1, timeMs });
    result.push(command);
  }

  for (const draft of drafts) {
    if (kinds !== undefined && !kinds.has(draft.kind)) continue;
    const session = sessionOf(draft);
    if (session !== undefined && !tree.isOpen(session)) {
      const left = staleLeft.get(session) ?? 0;
      staleLeft.set(session, left - 1);
      if (left <= 0) push(openSessionCommand(session));
    }
    if (draft.kind === "closeSession") staleLeft.set(draft.session, settings.withStaleSessions ? 1 : 0);
    push(withRealPaths(draft, tree));
  }
  return result;
}

function withRealPaths(command: Command, tree: ReferenceTree): Command {
  switch (command.kind) {
    case "multi":
      return { ...command, ops: command.ops.map((op): MultiOp => ({ ...op, path: realPath(op.path, tree) })) };
    case "multiRead":
      return { ...command, ops: command.ops.map((op): MultiReadOp => ({ ...op, path: realPath(op.path, tree) })) };
    case "setWatches": {
      const all = (paths: readonly string[]): string[] => paths.map((path) => realPath(path, tree));
      return {
        ...command,
        data: all(command.data),
        exist: all(command.exist),
        child: all(command.child),
        persistent: all(command.persistent),
        persistentRecursive: all(command.persistentRecursive),
      };
    }
    default:
      return "path" in command ? { ...command, path: realPath(command.path, tree) } : command;
  }
}

function realPath(path: string, tree: ReferenceTree): string {
  const [, sort, number = "", rest = ""] = /^([?!])(\d+)(.*)$/su.exec(path) ?? [];
  if (sort === undefined) return path;
  const existing = tree.dump().nodes.map((node) => node.path);
  const isLeaf = (candidate: string): boolean => !existing.some((other) => other.startsWith(`${candidate}/`));
  const own = existing.filter((candidate) => candidate !== "/" && !candidate.startsWith("/zookeeper"));
  const candidates = sort === "!" ? own.filter(isLeaf) : own;
  const picked = candidates[Number(number) % candidates.length] ?? "";
  return picked + rest === "" ? "/" : picked + rest;
}
