/* The moment at which servers that have just been started acknowledge a first write: that of the root's data, so nothing has to be there. */
#include "../load.h"
#include "../machine.h"

static uint64_t first_ns;

static void write_root(Session *session) { load_send(session, OP_SET, "/", 0, false, now_ns()); }

static void on_connected(Session *session) {
  write_root(session);
  session_flush(session);
}

static void on_watched(Session *session, int event) { (void)session, (void)event; }

static void on_replied(Session *session, Call call, const Reply *reply) {
  (void)call;
  if (reply->error == 0 && first_ns == 0) first_ns = now_ns();
  if (reply->error == 0) load_record(call.since_ns);
  else if (reply->error == ERROR_CONNECTION_LOSS) write_root(session);
}

/* Nanoseconds of CLOCK_MONOTONIC, as Node.js' `process.hrtime` tells them, too. */
static void report(FILE *out) { fprintf(out, ",\"first_ns\":%llu", (unsigned long long)first_ns); }

const Mode MODE_FIRST = {"first", {on_connected, on_replied, on_watched}, 0, NULL, NULL, NULL, report};
