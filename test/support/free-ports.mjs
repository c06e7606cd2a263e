// Ports of this machine for servers that have to know them before they start.
import { createServer } from "node:net";

/** Below the ports from which the system takes those of clients: a server that starts again finds its own still free. */
const PORT_FIRST = 20_000;
const PORT_LAST = 31_000;

/** Each process begins somewhere else, since others look for ports at the same time. */
let nextPort = PORT_FIRST + Math.floor(Math.random() * (PORT_LAST - PORT_FIRST));

/** So many at which nobody listens, none of which this process has been given lately. */
export async function freePorts(count) {
  const ports = [];
  while (ports.length < count) {
    const port = nextPort;
    nextPort = nextPort === PORT_LAST ? PORT_FIRST : nextPort + 1;
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
