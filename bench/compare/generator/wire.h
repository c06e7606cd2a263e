/* ZooKeeper's client protocol, as far as a load needs it. */
#ifndef WIRE_H
#define WIRE_H
#include "buffer.h"
#include <stdint.h>

enum { OP_CREATE = 1, OP_DELETE = 2, OP_EXISTS = 3, OP_GET = 4, OP_SET = 5, OP_CHILDREN = 8, OP_SYNC = 9, OP_PING = 11, OP_CLOSE = -11 };
enum { XID_WATCH = -1, XID_PING = -2 };
enum { ERROR_CONNECTION_LOSS = -4, ERROR_NO_NODE = -101, ERROR_NODE_EXISTS = -110, ERROR_SESSION_EXPIRED = -112 };
enum { FLAG_EPHEMERAL = 1, FLAG_SEQUENTIAL = 2 };
enum { EVENT_DELETED = 2 };
enum { PATH_MAX_BYTES = 512 };

typedef struct {
  int op;
  const char *path;
  const char *data;
  int size;
  int flags;
  int watch;
} Request;

/* Who a session is: zeros before its first connection. */
typedef struct {
  int64_t id, zxid;
  char password[16];
} Identity;

typedef struct {
  int32_t xid, error;
  int64_t zxid;
  const char *body;
  int32_t size;
} Reply;

void wire_hello(Buffer *out, const Identity *identity, int timeout_ms);
/* Takes the answer to a hello; false if the session is over. */
int wire_welcome(const char *frame, int32_t size, Identity *identity);
void wire_request(Buffer *out, int32_t xid, const Request *request);
Reply wire_reply(const char *frame, int32_t size);
/* The length of the whole frame at the front, its prefix included; 0 if it is not all there. */
size_t wire_frame(const Buffer *in);
/* Copies a string that a body begins with, after `offset` bytes; gives the offset behind it. */
int32_t wire_string(const Reply *reply, int32_t offset, char *text, size_t room);
int32_t wire_int(const char *bytes);
#endif
