import { ADD_WATCH_MODES } from "@coterie/protocol";
import { SESSION_NONE } from "@coterie/interface";
import { expect, it } from "vitest";
import { createStateMachine } from "../src/index.ts";

it("shows who watches the data of which paths, in all modes, and no watches on children", () => {
  const machine = createStateMachine();
  const [one, other] = [machine.openWatcher([]), machine.openWatcher([])];
  const read = (watcher: number, kind: "getData" | "getChildren", path: string) =>
    machine.read({ kind, path, watch: true }, { sessionId: SESSION_NONE, identities: [], watcher });
  expect([...machine.dataWatches()]).toEqual([]);
  read(one, "getData", "/");
  read(other, "getData", "/");
  read(one, "getChildren", "/zookeeper");
  machine.answerWatchRequest({ kind: "addWatch", path: "/a", mode: ADD_WATCH_MODES.PersistentRecursive }, other);
  expect([...machine.dataWatches()]).toEqual([
    ["/", [one, other]],
    ["/a", [other]],
  ]);
  machine.closeWatcher(other);
  expect([...machine.dataWatches()]).toEqual([["/", [one]]]);
});
