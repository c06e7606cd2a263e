// A Transport over WebSockets. Addresses are URLs, ws://host:port; a frame is one binary message.
import { checkConnectionOptions, checkListenOptions, CoterieError } from "@coterie/interface";
import { once } from "node:events";
import { createServer } from "node:http";
import { WebSocket, WebSocketServer } from "ws";
import { WebSocketConnection } from "./web-socket-connection.mjs";

/** @import { AddressInfo } from "node:net" */
/** @import { ConnectionHandler, ConnectionOptions, Listener, ListenHandler, ListenOptions, Transport } from "@coterie/interface" */

/** What the operating system calls an address that somebody else has; everything else is wrong with the address. */
const IN_USE = "EADDRINUSE";

const SUPPORTS = { identity: false, zookeeperFraming: false };

/**
 * @param {{ dialTimeoutMs?: number, closeTimeoutMs?: number }} [limits] how long a handshake may take, and how long
 * `close` waits for an end that does not read
 * @returns {Transport}
 */
export function createWebSocketTransport({ dialTimeoutMs = 5000, closeTimeoutMs = 5000 } = {}) {
  return {
    supports: SUPPORTS,
    listen: async (address, handler, options) => listen(address, handler, options, { dialTimeoutMs, closeTimeoutMs }),
    dial: (address, handler, options) => dial(address, handler, options, { dialTimeoutMs, closeTimeoutMs }),
  };
}

/**
 * @param {string} address @param {ListenHandler} handler @param {ListenOptions} options
 * @param {{ dialTimeoutMs: number, closeTimeoutMs: number }} limits
 * @returns {Promise<Listener>}
 */
async function listen(address, handler, options, { dialTimeoutMs, closeTimeoutMs }) {
  checkListenOptions(options, SUPPORTS);
  const url = parseAddress(address);
  if (url === null) throw new CoterieError("ADDRESS_UNUSABLE", `${address} is not ws://host:port`);
  // A handshake that does not end is ended here; plain requests are told what they have reached.
  const server = createServer(
    { headersTimeout: dialTimeoutMs, requestTimeout: dialTimeoutMs, connectionsCheckingInterval: dialTimeoutMs },
    (_request, response) => response.writeHead(426).end(),
  );
  const upgrader = new WebSocketServer({
    server,
    clientTracking: false,
    maxPayload: options.frameSizeMaxBytes,
    perMessageDeflate: false,
  });
  // What fails before it listens is seen below. Afterwards a lack of descriptors is waited out.
  upgrader.on("error", () => undefined);
  let isClosed = false;
  upgrader.on("connection", (socket, request) => {
    if (isClosed) return socket.terminate();
    const connection = new WebSocketConnection(socket, options, closeTimeoutMs);
    connection.attach(handler.accept(connection));
    connection.opened(request.socket);
  });
  upgrader.on("wsClientError", (error, socket) => {
    socket.destroy();
    handler.refused(new CoterieError("CONNECTION_CLOSED", "the handshake failed", { cause: error }), "a client");
  });

  server.listen(Number(url.port), url.hostname.replaceAll(/[[\]]/g, ""));
  try {
    await once(server, "listening");
  } catch (error) {
    const isInUse = /** @type {NodeJS.ErrnoException} */ (error).code === IN_USE;
    throw new CoterieError(isInUse ? "ADDRESS_IN_USE" : "ADDRESS_UNUSABLE", undefined, { cause: error });
  }
  const { port } = /** @type {AddressInfo} */ (server.address());
  return {
    address: `ws://${url.hostname}:${port}`,
    close: async () => {
      isClosed = true;
      // The port is free now. That the server is done comes much later: it waits for the connections that stay open.
      if (server.listening) server.close();
    },
  };
}

/**
 * @param {string} address @param {ConnectionHandler} handler @param {ConnectionOptions} options
 * @param {{ dialTimeoutMs: number, closeTimeoutMs: number }} limits
 */
function dial(address, handler, options, { dialTimeoutMs, closeTimeoutMs }) {
  checkConnectionOptions(options);
  const url = parseAddress(address);
  const socket =
    url === null || url.port === "0"
      ? null
      : new WebSocket(url, {
          handshakeTimeout: dialTimeoutMs,
          maxPayload: options.frameSizeMaxBytes,
          perMessageDeflate: false,
        });
  const connection = new WebSocketConnection(socket, options, closeTimeoutMs);
  connection.attach(handler);
  if (socket === null) connection.refuse(new CoterieError("ADDRESS_UNUSABLE", `${address} is not ws://host:port`));
  // The stream below the socket comes with the answer to the upgrade; the socket is open a moment later.
  socket?.once("upgrade", (response) => socket.once("open", () => connection.opened(response.socket)));
  return connection;
}

/** @param {string} address */
function parseAddress(address) {
  if (!/^ws:\/\/[^/?#]+:\d+$/.test(address)) return null;
  try {
    return new URL(address);
  } catch {
    return null;
  }
}
