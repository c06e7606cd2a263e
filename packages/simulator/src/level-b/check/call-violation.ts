import { Violation } from "../../invariants/invariant.ts";
import type { CallNote } from "../client/notebook.ts";

export function failCall(rule: string, { id, session, call }: CallNote, what: string): never {
  const who = `${session.client}, session ${session.sessionId}`;
  throw new Violation(rule, `call ${id} (${JSON.stringify(call)}, ${who}) ${what}`);
}
