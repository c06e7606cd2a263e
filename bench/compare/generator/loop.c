#include "loop.h"
#include "fail.h"
#include "machine.h"
#include "options.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

/* With many sessions, looking after each of them every 2 ms would cost more than the load. */
enum { WAIT_MS = 2, EVENTS = 256, MANY = 1000, CARE_NS = 2000000, CARE_MANY_NS = 50000000, CONNECTING_MAX = 100 };

static int epoll_fd = -1;
static Session **sessions;
static int session_count, session_room;
static uint64_t cared_ns;

void loop_start(void) {
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd < 0) fail("epoll: %s", strerror(errno));
}

void loop_add(Session *session) {
  if (session_count == session_room) {
    session_room = session_room > 0 ? session_room * 2 : 64;
    sessions = realloc(sessions, (size_t)session_room * sizeof(Session *));
    if (sessions == NULL) fail("no memory for %d sessions", session_room);
  }
  sessions[session_count++] = session;
}

void loop_reconnect(Session *session) { session_connect(session, epoll_fd); }

/* As the clients of Java and C do: a third of the timeout without a word is a ping, two thirds without an answer are a loss. */
static void care(Session *session, uint64_t now, int *connecting) {
  uint64_t timeout_ns = (uint64_t)options.timeout_ms * 1000000ull;
  switch (session->state) {
  case CLOSED:
    if (now < session->retry_ns || *connecting >= CONNECTING_MAX) return;
    (*connecting)++;
    session_connect(session, epoll_fd);
    return;
  case CONNECTING:
  case GREETING:
    if (now > session->connecting_ns + (uint64_t)options.hello_ms * 1000000ull)
      session_disconnect(session, ERROR_CONNECTION_LOSS);
    return;
  case OPEN:
    if (now > session->received_ns + timeout_ns * 2 / 3) session_disconnect(session, ERROR_CONNECTION_LOSS);
    else if (now > session->sent_ns + timeout_ns / 3) session_ping(session);
    return;
  case PARKED:
    return;
  }
}

static void care_for_all(void) {
  uint64_t now = now_ns();
  if (now < cared_ns + (session_count > MANY ? CARE_MANY_NS : CARE_NS)) return;
  cared_ns = now;
  int connecting = 0;
  for (int i = 0; i < session_count; i++)
    connecting += sessions[i]->state == CONNECTING || sessions[i]->state == GREETING;
  for (int i = 0; i < session_count; i++) care(sessions[i], now, &connecting);
}

void loop_turn(void) {
  struct epoll_event events[EVENTS];
  int count = epoll_wait(epoll_fd, events, EVENTS, WAIT_MS);
  for (int i = 0; i < count; i++) session_handle(events[i].data.ptr, events[i].events, epoll_fd);
  care_for_all();
}

void loop_for(double seconds) {
  uint64_t end = now_ns() + (uint64_t)(seconds * 1e9);
  while (now_ns() < end) loop_turn();
}

static int count_open(void) {
  int open = 0;
  for (int i = 0; i < session_count; i++) open += sessions[i]->state == OPEN || sessions[i]->state == PARKED;
  return open;
}

void loop_until_connected(double seconds_max) {
  uint64_t end = now_ns() + (uint64_t)(seconds_max * 1e9);
  while (count_open() < session_count) {
    if (now_ns() > end) fail("only %d of %d sessions are connected", count_open(), session_count);
    loop_turn();
  }
}
