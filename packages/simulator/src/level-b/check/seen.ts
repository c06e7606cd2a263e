import type { CallNote } from "../client/notebook.ts";
import { failCall } from "./call-violation.ts";
import { firstSeen, type Timeline } from "./timeline.ts";

/** The earliest state that a call can have been answered from. @throws Violation if there is none */
export function seenAt(note: CallNote, timeline: Timeline, low: number): number | null {
  const { call, result, code } = note;
  if (call.kind === "children") {
    const names = result?.kind === "children" ? result.names.join() : null;
    if (names === null && code !== "NO_NODE") return null;
    const seen = firstSeen(timeline.childrenOf(call.path), low, (state) => (state.names?.join() ?? null) === names);
    return (
      seen ??
      failCall("reads-match-their-zxid", note, `gave ${JSON.stringify(result)}, which there was not since ${low}`)
    );
  }
  if (!("path" in call)) return null;
  const isSeen = expectationOf(note);
  if (isSeen === null) return null;
  const seen = firstSeen(timeline.of(call.path), low, isSeen);
  return (
    seen ??
    failCall("reads-match-their-zxid", note, `gave ${code ?? JSON.stringify(result)}, which there was not since ${low}`)
  );
}

type State = ReturnType<Timeline["of"]>[number];

function expectationOf({ call, result, code }: CallNote): ((state: State) => boolean) | null {
  if (result?.kind === "data") {
    const { data, version, mzxid } = result;
    return ({ node }) => node !== null && node.data === data && node.version === version && node.mzxid === mzxid;
  }
  if (result?.kind === "exists") {
    return ({ node }) => node !== null && node.version === result.version && node.mzxid === result.mzxid;
  }
  if (result?.kind === "absent") return ({ node }) => node === null;
  // A sequential create names a prefix; a multi and what is guarded are about two paths.
  if (call.kind === "multi" || call.kind === "guarded" || (call.kind === "create" && code !== "NODE_EXISTS"))
    return null;
  if (code === "NO_NODE") return ({ node }) => node === null;
  if (code === "NODE_EXISTS") return ({ node }) => node !== null;
  if (code === "BAD_VERSION" && call.kind === "set")
    return ({ node }) => node !== null && node.version !== call.version;
  return null;
}
