/* All watch one znode, and one more session sets it again and again: when all have been told and watch again. */
#include "../load.h"
#include "../machine.h"
#include "../options.h"
#include "../tree.h"

static char path[PATH_MAX_BYTES];
static int armed, told;
static bool is_set;
static uint64_t set_ns, rounds;
static Histogram until_last, until_reply;

static int watcher_count(void) { return load.session_count - 1; }

static void arm(Session *session) { load_send(session, OP_GET, path, 0, true, now_ns()); }

static void set(void) {
  Session *writer = &load.sessions[0];
  armed = told = 0;
  is_set = false;
  set_ns = now_ns();
  load_send(writer, OP_SET, path, 0, false, set_ns);
  session_flush(writer);
}

static void set_if_all_watch(void) {
  if (is_set && armed == watcher_count() && !load.is_stopping) set();
}

static void on_connected(Session *session) { (void)session; }

static void on_replied(Session *session, Call call, const Reply *reply) {
  if (reply->error != 0) {
    load_fail();
    if (call.op == OP_GET && !load.is_stopping) arm(session);
    return;
  }
  if (call.op == OP_SET) {
    is_set = true;
    if (load.is_recording) histogram_add(&until_reply, now_ns() - call.since_ns);
  } else {
    armed++;
  }
  set_if_all_watch();
}

static void on_watched(Session *session, int event) {
  (void)event;
  told++;
  load_record(set_ns);
  if (told == watcher_count() && load.is_recording) {
    rounds++;
    histogram_add(&until_last, now_ns() - set_ns);
  }
  arm(session);
}

static void prepare(void) {
  snprintf(path, sizeof path, "%s/w", options.root);
  tree_make(path);
}

static void begin(void) {
  is_set = true;
  for (int i = 1; i < load.session_count; i++) {
    arm(&load.sessions[i]);
    session_flush(&load.sessions[i]);
  }
}

static void report(FILE *out) {
  fprintf(out, ",\"rounds\":%llu,\"last_p50_us\":%.1f,\"last_p99_us\":%.1f,\"last_max_us\":%.1f,\"set_p50_us\":%.1f",
          (unsigned long long)rounds, histogram_quantile_us(&until_last, 0.5), histogram_quantile_us(&until_last, 0.99),
          (double)until_last.max / 1e3, histogram_quantile_us(&until_reply, 0.5));
}

const Mode MODE_WATCH = {"watch", {on_connected, on_replied, on_watched}, 1, prepare, NULL, begin, report};
