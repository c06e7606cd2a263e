/* A session: its connection, the requests that wait for an answer, and who is told. */
#ifndef SESSION_H
#define SESSION_H
#include "wire.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct Session Session;

typedef struct {
  int op;
  uint64_t since_ns;
} Call;

typedef struct {
  /* At the first connection, and again after the session had to be replaced by a new one. */
  void (*connected)(Session *session);
  void (*replied)(Session *session, Call call, const Reply *reply);
  void (*watched)(Session *session, int event);
} Handlers;

/* PARKED: closed, and to stay so. */
typedef enum { CLOSED, CONNECTING, GREETING, OPEN, PARKED } SessionState;

struct Session {
  int index;
  const Handlers *handlers;
  SessionState state;
  int server, socket;
  Identity identity;
  bool is_known, wants_write, is_leaving;
  int32_t last_xid;
  /* Counts connections, so that who reads one sees that it has ended meanwhile. */
  unsigned connection;
  Buffer in, out;
  Call *calls;
  unsigned call_first, call_count, call_room;
  uint64_t connecting_ns, sent_ns, received_ns, retry_ns;
  uint64_t random, created;
  unsigned expired;
};

void session_init(Session *session, int index, int server, const Handlers *handlers);
/* Of `since_ns`, the call's time counts. Sent when the loop has handled what arrived, or by `session_flush`. */
void session_request(Session *session, const Request *request, uint64_t since_ns);
void session_ping(Session *session);
/* Ends the session; its connection is not opened again. */
void session_leave(Session *session);
void session_flush(Session *session);
void session_connect(Session *session, int epoll);
/* Every waiting call is told of `error`, if it is not 0. */
void session_disconnect(Session *session, int error);
/* The next connection is that of a new session. */
void session_forget(Session *session);
void session_handle(Session *session, uint32_t events, int epoll);
uint64_t session_random(Session *session);
#endif
