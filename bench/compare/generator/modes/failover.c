/* Each session writes its own znode, one write after the other. What counts is how long none succeeds, of all and of each session: what
   has not come back by the end lasts until then. */
#include "../fail.h"
#include "../load.h"
#include "../machine.h"
#include "../options.h"
#include "../tree.h"
#include <stdlib.h>

/* Of one session, or of all. `done_ns` is the beginning until a write has succeeded. */
typedef struct {
  uint64_t done_ns, gap_ns, gap_end_ns;
  /* `server_after` took the last write; NOBODY if the gap is still open at the end. */
  int server_before, server_after;
} Progress;

enum { NOBODY = -1 };

static Progress *progress, all;

static void write_next(Session *session, uint64_t since_ns) {
  char path[PATH_MAX_BYTES];
  tree_key(path, session->index);
  if (!load.is_stopping) load_send(session, OP_SET, path, 0, false, since_ns);
}

/* Whether the gap that ends here is the longest. */
static bool end_gap(Progress *of, uint64_t now) {
  if (now - of->done_ns <= of->gap_ns) return false;
  of->gap_ns = now - of->done_ns;
  of->gap_end_ns = now;
  return true;
}

static void note(Progress *of, uint64_t now, int server) {
  if (load.is_recording && end_gap(of, now)) of->server_before = of->server_after;
  of->done_ns = now;
  of->server_after = server;
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
  note(&progress[session->index], now, session->server);
  note(&all, now, session->server);
  load_record(call.since_ns);
  write_next(session, now);
}

static void prepare(void) {
  tree_fill(options.sessions);
  progress = calloc((size_t)options.sessions, sizeof *progress);
  if (progress == NULL) fail("no memory");
}

static void begin(void) {
  all.done_ns = load.started_ns;
  for (int i = 0; i < load.session_count; i++) {
    progress[i].done_ns = load.started_ns;
    progress[i].server_after = load.sessions[i].server;
    write_next(&load.sessions[i], now_ns());
    session_flush(&load.sessions[i]);
  }
}

static void end_open_gap(Progress *of) {
  if (!end_gap(of, load.ended_ns)) return;
  of->server_before = of->server_after;
  of->server_after = NOBODY;
}

static void report_session(FILE *out, int i) {
  end_open_gap(&progress[i]);
  fprintf(out, "%s{\"gap_ms\":%.1f,\"server_before\":%d,\"server_after\":%d,\"expired\":%u}", i > 0 ? "," : "",
          (double)progress[i].gap_ns / 1e6, progress[i].server_before, progress[i].server_after, load.sessions[i].expired);
}

static void report(FILE *out) {
  end_open_gap(&all);
  fprintf(out, ",\"service_gap_ms\":%.1f,\"gap_end_s\":%.3f,\"by_session\":[", (double)all.gap_ns / 1e6,
          all.gap_end_ns > 0 ? (double)(all.gap_end_ns - load.started_ns) / 1e9 : 0);
  for (int i = 0; i < load.session_count; i++) report_session(out, i);
  fputc(']', out);
}

const Mode MODE_FAILOVER = {"failover", {on_connected, on_replied, on_watched}, 0, prepare, NULL, begin, report};
