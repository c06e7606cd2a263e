#include "session.h"
#include "fail.h"
#include "machine.h"
#include "options.h"
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_ROOM = 65536, READ_ROUNDS = 4, RETRY_NS = 2000000 };

static int epoll_fd;

void session_init(Session *session, int index, int server, const Handlers *handlers) {
  memset(session, 0, sizeof *session);
  session->index = index;
  session->handlers = handlers;
  session->server = server;
  session->socket = -1;
  session->random = 0x9e3779b97f4a7c15ull * (uint64_t)(index + 1);
}

uint64_t session_random(Session *session) {
  uint64_t value = session->random;
  value ^= value << 13;
  value ^= value >> 7;
  value ^= value << 17;
  return session->random = value;
}

/* ---- calls: a ring ---- */

static void grow_calls(Session *session) {
  unsigned room = session->call_room > 0 ? session->call_room * 2 : 16;
  Call *calls = malloc(room * sizeof *calls);
  if (calls == NULL) fail("no memory for %u calls", room);
  for (unsigned i = 0; i < session->call_count; i++)
    calls[i] = session->calls[(session->call_first + i) % session->call_room];
  free(session->calls);
  session->calls = calls;
  session->call_first = 0;
  session->call_room = room;
}

static void push_call(Session *session, Call call) {
  if (session->call_count == session->call_room) grow_calls(session);
  session->calls[(session->call_first + session->call_count++) % session->call_room] = call;
}

static Call shift_call(Session *session) {
  if (session->call_count == 0) fail("a reply that nobody waits for");
  Call call = session->calls[session->call_first];
  session->call_first = (session->call_first + 1) % session->call_room;
  session->call_count--;
  return call;
}

void session_request(Session *session, const Request *request, uint64_t since_ns) {
  wire_request(&session->out, ++session->last_xid, request);
  push_call(session, (Call){request->op, since_ns});
}

void session_ping(Session *session) {
  wire_request(&session->out, XID_PING, &(Request){.op = OP_PING});
  session_flush(session);
}

void session_leave(Session *session) {
  Request request = {.op = OP_CLOSE};
  session->is_leaving = true;
  session_request(session, &request, now_ns());
  session_flush(session);
}

/* ---- the connection ---- */

static void want_write(Session *session, bool wanted) {
  if (session->wants_write == wanted) return;
  struct epoll_event event = {.events = EPOLLIN | (wanted ? EPOLLOUT : 0u), .data.ptr = session};
  epoll_ctl(epoll_fd, EPOLL_CTL_MOD, session->socket, &event);
  session->wants_write = wanted;
}

static void send_out(Session *session) {
  Buffer *out = &session->out;
  while (buffer_length(out) > 0) {
    ssize_t sent = send(session->socket, out->bytes + out->begin, buffer_length(out), MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) {
      want_write(session, true);
      return;
    }
    if (sent < 0) {
      session_disconnect(session, ERROR_CONNECTION_LOSS);
      return;
    }
    buffer_consume(out, (size_t)sent);
    session->sent_ns = now_ns();
  }
  want_write(session, false);
}

void session_flush(Session *session) {
  if (session->state == OPEN) send_out(session);
}

void session_connect(Session *session, int epoll) {
  epoll_fd = epoll;
  session->socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (session->socket < 0) fail("socket: %s", strerror(errno));
  int on = 1;
  setsockopt(session->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  session->state = CONNECTING;
  session->connecting_ns = session->received_ns = now_ns();
  const struct sockaddr_in *server = &options.servers[session->server];
  if (connect(session->socket, (const struct sockaddr *)server, sizeof *server) < 0 && errno != EINPROGRESS) {
    session_disconnect(session, ERROR_CONNECTION_LOSS);
    return;
  }
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = session};
  session->wants_write = true;
  epoll_ctl(epoll, EPOLL_CTL_ADD, session->socket, &event);
}

static void tell_calls(Session *session, int error) {
  unsigned count = session->call_count;
  Reply reply = {.error = error};
  /* Only those that wait now: a handler may make new ones. */
  for (unsigned i = 0; i < count; i++) session->handlers->replied(session, shift_call(session), &reply);
}

void session_disconnect(Session *session, int error) {
  session->connection++;
  if (session->socket >= 0) close(session->socket);
  session->socket = -1;
  session->state = session->is_leaving ? PARKED : CLOSED;
  session->wants_write = false;
  session->server = (session->server + 1) % options.server_count;
  session->retry_ns = now_ns() + RETRY_NS;
  buffer_clear(&session->in);
  buffer_clear(&session->out);
  if (error != 0) tell_calls(session, error);
}

void session_forget(Session *session) {
  memset(&session->identity, 0, sizeof session->identity);
  session->is_known = false;
}

static void greet(Session *session) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(session->socket, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) {
    session_disconnect(session, ERROR_CONNECTION_LOSS);
    return;
  }
  Buffer hello = {0};
  wire_hello(&hello, &session->identity, options.timeout_ms);
  ssize_t sent = send(session->socket, hello.bytes, buffer_length(&hello), MSG_NOSIGNAL);
  bool is_sent = sent == (ssize_t)buffer_length(&hello);
  free(hello.bytes);
  if (!is_sent) {
    session_disconnect(session, ERROR_CONNECTION_LOSS);
    return;
  }
  session->state = GREETING;
  want_write(session, false);
}

/* ---- what arrives ---- */

static void take_welcome(Session *session, const char *frame, int32_t size) {
  if (!wire_welcome(frame, size, &session->identity)) {
    session->expired++;
    session_forget(session);
    session_disconnect(session, ERROR_SESSION_EXPIRED);
    return;
  }
  session->state = OPEN;
  if (session->is_known) return;
  session->is_known = true;
  session->handlers->connected(session);
}

static void take_frame(Session *session, const char *frame, int32_t size) {
  if (session->state == GREETING) {
    take_welcome(session, frame, size);
    return;
  }
  Reply reply = wire_reply(frame, size);
  if (reply.zxid > session->identity.zxid) session->identity.zxid = reply.zxid;
  if (reply.xid == XID_PING) return;
  if (reply.xid == XID_WATCH) session->handlers->watched(session, wire_int(reply.body));
  else session->handlers->replied(session, shift_call(session), &reply);
}

/* False if the connection ended meanwhile. */
static bool take_frames(Session *session) {
  unsigned connection = session->connection;
  Buffer *in = &session->in;
  for (size_t whole; (whole = wire_frame(in)) > 0;) {
    take_frame(session, in->bytes + in->begin + 4, (int32_t)whole - 4);
    if (session->connection != connection) return false;
    buffer_consume(in, whole);
  }
  return true;
}

static void receive(Session *session) {
  for (int round = 0; round < READ_ROUNDS; round++) {
    char *room = buffer_reserve(&session->in, READ_ROOM);
    ssize_t got = recv(session->socket, room, READ_ROOM, 0);
    if (got < 0 && errno == EAGAIN) break;
    if (got <= 0) {
      session_disconnect(session, ERROR_CONNECTION_LOSS);
      return;
    }
    session->received_ns = now_ns();
    session->in.end += (size_t)got;
    if (!take_frames(session)) return;
    if (got < READ_ROOM) break;
  }
  session_flush(session);
}

void session_handle(Session *session, uint32_t events, int epoll) {
  epoll_fd = epoll;
  if (session->socket < 0) return;
  if (session->state == CONNECTING && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0) {
    greet(session);
    return;
  }
  unsigned connection = session->connection;
  if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0) receive(session);
  if (session->connection == connection && (events & EPOLLOUT) != 0) session_flush(session);
}
