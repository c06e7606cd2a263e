// The two ends of a measured transport: one that sends or asks, one that counts or answers.
const OPTIONS = { frameSizeMaxBytes: 2 ** 20, sendQueueTargetBytes: 256 * 1024 };

/** The first frame of a connection says what its others are: so many to count, or each to be sent back. */
const ECHO = 0;

/** Listens, counts what is to be counted and answers when it is there, and sends back the rest. */
export async function serve(transport, address) {
  const listener = await transport.listen(address, { accept: createServant, refused: rethrow }, OPTIONS);
  return listener.address;
}

function createServant(connection) {
  let expected = null;
  let left = 0;
  const received = (frame) => {
    if (expected === null) {
      expected = new DataView(frame.buffer, frame.byteOffset).getUint32(0);
      left = expected;
    } else if (expected === ECHO) connection.send(frame);
    else if (--left === 0) {
      left = expected;
      connection.send(new Uint8Array(1));
    }
  };
  return { opened() {}, drained() {}, closed() {}, received };
}

function rethrow(reason) {
  throw reason;
}

/** An open connection whose frames are counted by `count`, or sent back if it is 0. */
export async function connect(transport, address, count) {
  const nothing = () => undefined;
  let isOver = false;
  const closed = (reason) => {
    if (!isOver) throw reason;
  };
  const handler = { opened: nothing, drained: nothing, received: nothing, closed };
  const connection = transport.dial(address, handler, OPTIONS);
  await new Promise((resolve) => (handler.opened = resolve));
  const first = new Uint8Array(4);
  new DataView(first.buffer).setUint32(0, count);
  connection.send(first);
  return {
    /** Sends `count` frames, all of a turn at once until the queue is full, and waits until they have been counted. */
    async round(frame) {
      let sent = 0;
      handler.drained = () => {
        while (sent < count) {
          sent += 1;
          if (!connection.send(frame)) break;
        }
      };
      const counted = new Promise((resolve) => (handler.received = resolve));
      handler.drained();
      await counted;
    },
    /** Sends one frame and waits for it to come back: in microseconds, without a promise in between. */
    trips(frame, times, done) {
      let startMs = performance.now();
      handler.received = () => {
        const nowMs = performance.now();
        times.push((nowMs - startMs) * 1000);
        if (times.length === times.wanted) return done();
        startMs = performance.now();
        connection.send(frame);
      };
      connection.send(frame);
    },
    end() {
      isOver = true;
      connection.abort();
    },
  };
}
