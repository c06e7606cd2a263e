// ZooKeeper's four-letter words, which Coterie answers, too.
import { createConnection } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

const ANSWER_MAX_MS = 1000;
const SERVING_MAX_MS = 120_000;

/** What a server answers to a word; "" from one that is not there. */
function ask(port, word) {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: "127.0.0.1" });
    let answer = "";
    socket.setTimeout(ANSWER_MAX_MS, () => socket.destroy());
    socket.on("data", (chunk) => (answer += chunk));
    socket.on("connect", () => socket.write(word));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(answer));
  });
}

/** "leader", "follower", "standalone", or null for one that does not serve. */
export async function modeAt(port) {
  return /^Mode: (\w+)$/m.exec(await ask(port, "srvr"))?.[1] ?? null;
}

export async function untilServing(port) {
  const endsMs = performance.now() + SERVING_MAX_MS;
  while ((await modeAt(port)) === null) {
    if (performance.now() > endsMs) throw new Error(`The server at port ${port} does not serve.`);
    await pause(20);
  }
}

/** The index of the one that leads. */
export async function leaderAmong(ports) {
  const modes = await Promise.all(ports.map(modeAt));
  const index = modes.findIndex((mode) => mode === "leader" || mode === "standalone");
  if (index === -1) throw new Error(`None of the servers leads: ${modes.join(", ")}.`);
  return index;
}
