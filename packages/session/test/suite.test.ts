import { createSession } from "../src/index.ts";
import { testSession } from "./suite/index.ts";
import { TreeServer } from "./support/tree-server.ts";

const server = new TreeServer();

testSession("a session over a tree in this process", {
  open: async (options = {}) => {
    const session = createSession(server.openChannel(), options);
    await new Promise<void>((resolve) => session.once("state", () => resolve()));
    return session;
  },
});

const foreign = new TreeServer();

// What a ZooKeeper of today does: it echoes syncs. Events have zxids, and each mode of a watch its own place.
testSession("a session over a wire to a server that is not Coterie", {
  open: async (options = {}) => {
    const channel = foreign.openChannel({ supports: { kind: "wire", linearizable: null, bounded: false } });
    const session = createSession(channel, options);
    await new Promise<void>((resolve) => session.once("state", () => resolve()));
    return session;
  },
  lacks: ["linearizable"],
});
