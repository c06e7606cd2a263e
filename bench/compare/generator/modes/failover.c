/* Each session writes its own znode, one write after the other. What counts is how long none succeeds, of all and of each session. */
#include "../fail.h"
#include "../load.h"
#include "../machine.h"
#include "../options.h"
#include "../tree.h"
#include <stdlib.h>

/* Of one session. */
typedef struct {
  uint64_t done_ns, gap_ns, gap_end_ns;
  int server_before, server_after;
} Progress;

static Progress *progress, all;

static void write_next(Session *session, uint64_t since_ns) {
  char path[PATH_MAX_BYTES];
  tree_key(path, session->index);
  if (!load.is_stopping) load_send(session, OP_SET, path, 0, false, since_ns);
}

static void note(Progress *of, uint64_t now) {
  if (load.is_recording && of->done_ns > 0 && now - of->done_ns > of->gap_ns) {
    of->gap_ns = now - of->done_ns;
    of->gap_end_ns = now;
  }
  of->done_ns = now;
}

static void on_connected(Session *session) { (void)session; }
static void on_watched(Session *session, int event) { (void)session, (void)event; }

static void on_replied(Session *session, Call call, const Reply *reply) {
  if (reply->error != 0) {
    load_fail();
    write_next(session, call.since_ns);
    return;
  }
  uint64_t now = now_ns();
  Progress *own = &progress[session->index];
  uint64_t gap_ns = own->gap_ns;
  int server = own->server_after;
  note(own, now);
  if (own->gap_ns != gap_ns) own->server_before = server;
  own->server_after = session->server;
  note(&all, now);
  load_record(call.since_ns);
  write_next(session, now);
}

static void prepare(void) {
  tree_fill(options.sessions);
  progress = calloc((size_t)options.sessions, sizeof *progress);
  if (progress == NULL) fail("no memory");
}

static void begin(void) {
  for (int i = 0; i < load.session_count; i++) {
    progress[i].server_after = load.sessions[i].server;
    write_next(&load.sessions[i], now_ns());
    session_flush(&load.sessions[i]);
  }
}

static void report_session(FILE *out, int i) {
  fprintf(out, "%s{\"gap_ms\":%.1f,\"server_before\":%d,\"server_after\":%d,\"expired\":%u}", i > 0 ? "," : "",
          (double)progress[i].gap_ns / 1e6, progress[i].server_before, progress[i].server_after, load.sessions[i].expired);
}

static void report(FILE *out) {
  fprintf(out, ",\"service_gap_ms\":%.1f,\"gap_end_s\":%.3f,\"by_session\":[", (double)all.gap_ns / 1e6,
          all.gap_end_ns > 0 ? (double)(all.gap_end_ns - load.started_ns) / 1e9 : 0);
  for (int i = 0; i < load.session_count; i++) report_session(out, i);
  fputc(']', out);
}

const Mode MODE_FAILOVER = {"failover", {on_connected, on_replied, on_watched}, 0, prepare, NULL, begin, report};
