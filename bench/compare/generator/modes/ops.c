/* Reads and writes, so many in flight a session. */
#include "../fail.h"
#include "../load.h"
#include "../machine.h"
#include "../options.h"
#include "../tree.h"
#include <string.h>
#include <unistd.h>

typedef enum { SET, GET, CREATE, MIXED, LINEARIZABLE } Kind;

static Kind kind;
static long issued;
static char folder[PATH_MAX_BYTES / 4];

static Kind kind_named(const char *name) {
  static const char *const NAMES[] = {"set", "get", "create", "mixed", "linearizable"};
  for (unsigned i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
    if (strcmp(name, NAMES[i]) == 0) return (Kind)i;
  fail("there is no operation %s", name);
}

static void create_next(Session *session) {
  char path[PATH_MAX_BYTES];
  snprintf(path, sizeof path, "%s/s%d/n%llu", folder, session->index, (unsigned long long)session->created++);
  load_send(session, OP_CREATE, path, 0, false, now_ns());
}

static void touch(Session *session, Kind what) {
  char path[PATH_MAX_BYTES];
  tree_key(path, (int)(session_random(session) % (uint64_t)options.keys));
  uint64_t now = now_ns();
  /* What ZooKeeper has for a read that is not stale. */
  if (what == LINEARIZABLE) load_send(session, OP_SYNC, path, 0, false, now);
  load_send(session, what == SET ? OP_SET : OP_GET, path, 0, false, now);
}

static void issue(Session *session) {
  if (load.is_stopping || (options.count > 0 && issued >= options.count)) return;
  issued++;
  if (kind == CREATE) create_next(session);
  else if (kind != MIXED) touch(session, kind);
  else touch(session, (double)(session_random(session) % 1000000) < options.read_share * 1e6 ? GET : SET);
}

static void on_connected(Session *session) { (void)session; }
static void on_watched(Session *session, int event) { (void)session, (void)event; }

static void on_replied(Session *session, Call call, const Reply *reply) {
  if (call.op == OP_SYNC) {
    if (reply->error != 0) load_fail();
    return;
  }
  if (reply->error == 0) load_record(call.since_ns);
  else load_fail();
  issue(session);
}

static void prepare(void) {
  kind = kind_named(options.op);
  if (kind != CREATE) {
    tree_fill(options.keys);
    return;
  }
  char path[PATH_MAX_BYTES];
  snprintf(folder, sizeof folder, "%.96s/r%d", options.root, (int)getpid());
  tree_make(folder);
  for (int i = 0; i < options.sessions; i++) {
    snprintf(path, sizeof path, "%s/s%d", folder, i);
    tree_make(path);
  }
}

static void begin(void) {
  for (int i = 0; i < load.session_count; i++) {
    for (int n = 0; n < options.inflight; n++) issue(&load.sessions[i]);
    session_flush(&load.sessions[i]);
  }
}

static void clean(void) {
  char path[PATH_MAX_BYTES];
  if (kind != CREATE) return;
  for (int i = 0; i < load.session_count; i++) {
    for (uint64_t n = 0; n < load.sessions[i].created; n++) {
      snprintf(path, sizeof path, "%s/s%d/n%llu", folder, i, (unsigned long long)n);
      tree_delete(path);
    }
    snprintf(path, sizeof path, "%s/s%d", folder, i);
    tree_delete(path);
  }
  tree_delete(folder);
  tree_settle();
}

const Mode MODE_OPS = {"ops", {on_connected, on_replied, on_watched}, 0, prepare, clean, begin, NULL};
