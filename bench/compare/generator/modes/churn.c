/* A session, an ephemeral znode, the end of the session; and again. */
#include "../load.h"
#include "../loop.h"
#include "../machine.h"
#include "../options.h"
#include "../tree.h"

static void create(Session *session) {
  char path[PATH_MAX_BYTES];
  snprintf(path, sizeof path, "%s/e/c%d-%llu", options.root, session->index, (unsigned long long)session->created++);
  load_send(session, OP_CREATE, path, FLAG_EPHEMERAL, false, session->connecting_ns);
  session_flush(session);
}

static void on_connected(Session *session) {
  if (load.started_ns > 0) create(session);
}

static void on_watched(Session *session, int event) { (void)session, (void)event; }

static void on_replied(Session *session, Call call, const Reply *reply) {
  if (reply->error != 0 && call.op == OP_CREATE) load_fail();
  if (reply->error == ERROR_CONNECTION_LOSS || reply->error == ERROR_SESSION_EXPIRED) {
    session_forget(session);
    return;
  }
  if (call.op == OP_CREATE) {
    Request request = {.op = OP_CLOSE};
    session_request(session, &request, call.since_ns);
    return;
  }
  load_record(call.since_ns);
  session_forget(session);
  session_disconnect(session, 0);
  if (load.is_stopping) session->state = PARKED;
  else loop_reconnect(session);
}

static void prepare(void) {
  char path[PATH_MAX_BYTES];
  snprintf(path, sizeof path, "%s/e", options.root);
  tree_make(path);
}

static void begin(void) {
  for (int i = 0; i < load.session_count; i++) create(&load.sessions[i]);
}

const Mode MODE_CHURN = {"churn", {on_connected, on_replied, on_watched}, 0, prepare, NULL, begin, NULL};
