// Contenders are sessions of this process, whose peer leads, or follows, two others; all three are durable.
import { measureHandovers } from "../lib/handovers.mjs";
import { startOneOfThree } from "../lib/session-bench.mjs";

for (const role of ["leading", "following"]) {
  const { peer, stop } = await startOneOfThree(role);
  try {
    await measureHandovers(`in the process of a peer that is ${role}`, () => peer.openSession());
  } finally {
    await stop();
  }
}
