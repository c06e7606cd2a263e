/** @typedef {import("../../../packages/coterie/dist/index.js").Session} Session */

/**
 * Notes the zxid that the replies to a call carry. Applications do not see it, so this looks at the session's channel, below what
 * is public: each call submits its requests before it returns, or inside the reply to its first one.
 */
export class Witness {
  /** @type {{ seen: number } | null} */
  #note = null;

  /** @param {Session} session */
  constructor(session) {
    const { channel } = /** @type {any} */ (session).room;
    const submit = channel.submit.bind(channel);
    channel.submit = (call) => {
      const note = this.#note;
      if (note !== null) this.#listen(call, note);
      submit(call);
    };
    const readNow = channel.readNow?.bind(channel);
    if (readNow === undefined) return;
    channel.readNow = (body) => {
      const reply = readNow(body);
      if (reply !== null && this.#note !== null) this.#note.seen = reply.zxid;
      return reply;
    };
  }

  /** Makes a call; `seen` of the note is that of its last reply, once it has been answered. @template Result @param {{ seen: number }} note @param {() => Result} call @returns {Result} */
  during(note, call) {
    const before = this.#note;
    this.#note = note;
    try {
      return call();
    } finally {
      this.#note = before;
    }
  }

  /** @param {any} call @param {{ seen: number }} note */
  #listen(call, note) {
    const settle = call.settle.bind(call);
    call.settle = (reply) => {
      if (reply.zxid > 0) note.seen = reply.zxid;
      this.during(note, () => settle(reply));
    };
  }
}
