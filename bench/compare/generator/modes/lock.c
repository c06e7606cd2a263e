/* A lock that goes from one session to the next, by ZooKeeper's recipe. What counts is the time from letting go to having it. */
#include "../fail.h"
#include "../load.h"
#include "../machine.h"
#include "../options.h"
#include "../tree.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAME_MAX_BYTES = 128 };

static char folder[PATH_MAX_BYTES / 4];
static char (*names)[NAME_MAX_BYTES];
static uint64_t released_ns;

static void send_named(Session *session, int op, const char *name, int flags, bool watch) {
  char path[PATH_MAX_BYTES];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  load_send(session, op, path, flags, watch, now_ns());
}

static void stand_in_line(Session *session) {
  if (!load.is_stopping) send_named(session, OP_CREATE, "lock-", FLAG_EPHEMERAL | FLAG_SEQUENTIAL, false);
}

static void list(Session *session) { load_send(session, OP_CHILDREN, folder, 0, false, now_ns()); }

/* Who stands before `name`, the last of them; false if nobody does. */
static bool find_predecessor(const Reply *reply, const char *name, char *predecessor) {
  predecessor[0] = 0;
  int32_t count = wire_int(reply->body), offset = 4;
  char child[NAME_MAX_BYTES];
  for (int32_t i = 0; i < count; i++) {
    offset = wire_string(reply, offset, child, sizeof child);
    if (strcmp(child, name) < 0 && strcmp(child, predecessor) > 0) strcpy(predecessor, child);
  }
  return predecessor[0] != 0;
}

static void hold_and_release(Session *session) {
  if (released_ns > 0) load_record(released_ns);
  released_ns = now_ns();
  send_named(session, OP_DELETE, names[session->index], 0, false);
}

static void look(Session *session, const Reply *reply) {
  char predecessor[NAME_MAX_BYTES];
  if (find_predecessor(reply, names[session->index], predecessor))
    send_named(session, OP_EXISTS, predecessor, 0, true);
  else hold_and_release(session);
}

static void take_name(Session *session, const Reply *reply) {
  char path[PATH_MAX_BYTES];
  wire_string(reply, 0, path, sizeof path);
  snprintf(names[session->index], NAME_MAX_BYTES, "%.127s", strrchr(path, '/') + 1);
}

static void on_connected(Session *session) { (void)session; }

static void on_watched(Session *session, int event) {
  if (event == EVENT_DELETED) list(session);
}

static void on_replied(Session *session, Call call, const Reply *reply) {
  bool is_gone = call.op == OP_EXISTS && reply->error == ERROR_NO_NODE;
  if (reply->error != 0 && !is_gone) {
    load_fail();
    stand_in_line(session);
    return;
  }
  switch (call.op) {
  case OP_CREATE:
    take_name(session, reply);
    list(session);
    break;
  case OP_CHILDREN: look(session, reply); break;
  case OP_EXISTS:
    if (is_gone) list(session);
    break;
  case OP_DELETE: stand_in_line(session); break;
  }
}

static void prepare(void) {
  names = calloc((size_t)options.sessions, NAME_MAX_BYTES);
  if (names == NULL) fail("no memory for names");
  snprintf(folder, sizeof folder, "%.96s/lock%d", options.root, (int)getpid());
  tree_make(folder);
}

static void begin(void) {
  for (int i = 0; i < load.session_count; i++) {
    stand_in_line(&load.sessions[i]);
    session_flush(&load.sessions[i]);
  }
}

const Mode MODE_LOCK = {"lock", {on_connected, on_replied, on_watched}, 0, prepare, NULL, begin, NULL};
