import { WATCHER_TYPES } from "@coterie/protocol";
import type { SessionChannel } from "../channel.ts";

/**
 * Takes a registration from the server. Apache ZooKeeper before 3.9 knows no types for these (ZOOKEEPER-4471) and answers
 * MARSHALLING_ERROR; then everything goes that is watched at the path, if nothing of it is wanted by then. What else may be
 * answered says that there is nothing to remove; what still comes of it is told to nobody.
 */
export function removeFromServer(channel: SessionChannel, path: string, type: number, isUnwanted: () => boolean): void {
  channel.submit({
    body: { kind: "removeWatches", path, watcherType: type },
    settle({ code }) {
      if (code !== "MARSHALLING_ERROR" || !isUnwanted()) return;
      channel.submit({
        body: { kind: "removeWatches", path, watcherType: WATCHER_TYPES.Any },
        settle: () => undefined,
      });
    },
  });
}
