// Failpoints around what peers say to each other, by kind of message: before it is sent, a turn after that, and when it has come and
// nobody has heard of it.
import { decodeMessage } from "../../../packages/consensus/dist/index.js";

/** @typedef {import("../../../packages/interface/dist/index.js").Transport} Transport */
/** @typedef {import("../../../packages/interface/dist/index.js").Connection} Connection */
/** @typedef {import("../../../packages/interface/dist/index.js").ConnectionHandler} ConnectionHandler */
/** @typedef {import("./failpoint.mjs").Failpoint} Failpoint */

/** @param {Transport} transport @param {Failpoint} failpoint @returns {Transport} */
export function failingTransport(transport, failpoint) {
  return {
    supports: transport.supports,
    listen: (address, handler, options) => {
      const accept = (/** @type {Connection} */ connection) =>
        heard(handler.accept(spoken(connection, failpoint)), failpoint);
      return transport.listen(address, { accept, refused: (...what) => handler.refused(...what) }, options);
    },
    dial: (address, handler, options) => spoken(transport.dial(address, heard(handler, failpoint), options), failpoint),
  };
}

/** @param {Connection} connection @param {Failpoint} failpoint @returns {Connection} */
function spoken(connection, failpoint) {
  return {
    get sendQueueBytes() {
      return connection.sendQueueBytes;
    },
    send: (frame) => {
      const kind = kindOf(frame, failpoint);
      failpoint.reach(`${kind}:sending`);
      const mayGoOn = connection.send(frame);
      failpoint.reachSoon(`${kind}:sent`);
      return mayGoOn;
    },
    pause: () => connection.pause(),
    resume: () => connection.resume(),
    close: () => connection.close(),
    abort: () => connection.abort(),
  };
}

/** @param {ConnectionHandler} handler @param {Failpoint} failpoint @returns {ConnectionHandler} */
function heard(handler, failpoint) {
  return {
    opened: (info) => handler.opened(info),
    received: (frame) => {
      failpoint.reach(`${kindOf(frame, failpoint)}:received`);
      handler.received(frame);
    },
    drained: () => handler.drained(),
    closed: (reason) => handler.closed(reason),
  };
}

/** "" for what is no message of consensus: the first frame of a link is none. @param {Uint8Array} frame @param {Failpoint} failpoint */
function kindOf(frame, failpoint) {
  if (!failpoint.isArmed) return "";
  try {
    return decodeMessage(frame).kind;
  } catch {
    return "";
  }
}
