#include "tree.h"
#include "fail.h"
#include "load.h"
#include "loop.h"
#include "machine.h"
#include "options.h"
#include <stdio.h>

enum { A_FOLDER = 100, INFLIGHT = 500, CONNECT_SECONDS = 30 };

static Session control;
/* Of the last call. */
static int last_error;

static void on_connected(Session *session) { (void)session; }
static void on_watched(Session *session, int event) { (void)session, (void)event; }

static void on_replied(Session *session, Call call, const Reply *reply) {
  (void)session;
  last_error = reply->error;
  bool is_there = call.op == OP_CREATE && reply->error == ERROR_NODE_EXISTS;
  bool is_gone = call.op == OP_DELETE && reply->error == ERROR_NO_NODE;
  bool is_asked = call.op == OP_GET && reply->error == ERROR_NO_NODE;
  if (reply->error != 0 && !is_there && !is_gone && !is_asked) fail("operation %d of the set-up failed: %d", call.op, reply->error);
}

static const Handlers HANDLERS = {on_connected, on_replied, on_watched};

void tree_open(void) {
  bool is_new = control.handlers == NULL;
  session_init(&control, -1, 0, &HANDLERS);
  if (is_new) loop_add(&control);
  loop_until_connected(CONNECT_SECONDS);
}

void tree_close(void) {
  session_leave(&control);
  tree_settle();
  session_disconnect(&control, 0);
}

static void drain_to(unsigned calls) {
  session_flush(&control);
  while (control.call_count > calls) loop_turn();
}

void tree_settle(void) { drain_to(0); }

static void make(const char *path) {
  load_send(&control, OP_CREATE, path, 0, false, now_ns());
  if (control.call_count > INFLIGHT) drain_to(INFLIGHT / 2);
}

void tree_make(const char *path) {
  make(path);
  tree_settle();
}

void tree_key(char *path, int key) {
  snprintf(path, PATH_MAX_BYTES, "%s/k/%d/%d", options.root, key / A_FOLDER, key);
}

static bool is_filled(int keys) {
  char path[PATH_MAX_BYTES];
  tree_key(path, keys - 1);
  load_send(&control, OP_GET, path, 0, false, now_ns());
  tree_settle();
  return last_error == 0;
}

void tree_fill(int keys) {
  /* The last one is made last. */
  if (is_filled(keys)) return;
  char path[PATH_MAX_BYTES];
  snprintf(path, sizeof path, "%s/k", options.root);
  tree_make(path);
  for (int key = 0; key < keys; key++) {
    if (key % A_FOLDER == 0) {
      snprintf(path, sizeof path, "%s/k/%d", options.root, key / A_FOLDER);
      make(path);
    }
    tree_key(path, key);
    make(path);
  }
  tree_settle();
}

void tree_delete(const char *path) {
  load_send(&control, OP_DELETE, path, 0, false, now_ns());
  if (control.call_count > INFLIGHT) drain_to(INFLIGHT / 2);
}
