#include "wire.h"
#include "fail.h"
#include <arpa/inet.h>
#include <endian.h>
#include <string.h>

enum { FRAME_MAX = 1 << 24, PERMISSIONS_ALL = 31, VERSION_ANY = -1, REPLY_HEADER = 16, WELCOME_MIN = 36 };

static void put_int(Buffer *out, int32_t value) {
  uint32_t bytes = htonl((uint32_t)value);
  buffer_append(out, &bytes, sizeof bytes);
}

static void put_long(Buffer *out, int64_t value) {
  uint64_t bytes = htobe64((uint64_t)value);
  buffer_append(out, &bytes, sizeof bytes);
}

static void put_bytes(Buffer *out, const char *bytes, size_t size) {
  put_int(out, (int32_t)size);
  buffer_append(out, bytes, size);
}

static void put_text(Buffer *out, const char *text) { put_bytes(out, text, strlen(text)); }

static void put_bool(Buffer *out, int value) {
  char byte = value != 0;
  buffer_append(out, &byte, 1);
}

int32_t wire_int(const char *bytes) {
  uint32_t value;
  memcpy(&value, bytes, sizeof value);
  return (int32_t)ntohl(value);
}

static int64_t long_at(const char *bytes) {
  uint64_t value;
  memcpy(&value, bytes, sizeof value);
  return (int64_t)be64toh(value);
}

/* A frame's length is known when it is written: these two enclose it. `buffer_append` may move bytes, so offsets count. */
static size_t open_frame(Buffer *out) {
  put_int(out, 0);
  return buffer_length(out);
}

static void close_frame(Buffer *out, size_t opened) {
  uint32_t size = htonl((uint32_t)(buffer_length(out) - opened));
  memcpy(out->bytes + out->begin + opened - sizeof size, &size, sizeof size);
}

void wire_hello(Buffer *out, const Identity *identity, int timeout_ms) {
  size_t frame = open_frame(out);
  put_int(out, 0);
  put_long(out, identity->zxid);
  put_int(out, timeout_ms);
  put_long(out, identity->id);
  put_bytes(out, identity->password, sizeof identity->password);
  close_frame(out, frame);
}

int wire_welcome(const char *frame, int32_t size, Identity *identity) {
  if (size < WELCOME_MIN) fail("a welcome of %d bytes", size);
  if (wire_int(frame + 4) <= 0) return 0;
  identity->id = long_at(frame + 8);
  memcpy(identity->password, frame + 20, sizeof identity->password);
  return 1;
}

static void put_open_acl(Buffer *out) {
  put_int(out, 1);
  put_int(out, PERMISSIONS_ALL);
  put_text(out, "world");
  put_text(out, "anyone");
}

void wire_request(Buffer *out, int32_t xid, const Request *request) {
  size_t frame = open_frame(out);
  put_int(out, xid);
  put_int(out, request->op);
  if (request->path != NULL) put_text(out, request->path);
  switch (request->op) {
  case OP_CREATE:
    put_bytes(out, request->data, (size_t)request->size);
    put_open_acl(out);
    put_int(out, request->flags);
    break;
  case OP_SET:
    put_bytes(out, request->data, (size_t)request->size);
    put_int(out, VERSION_ANY);
    break;
  case OP_DELETE:
    put_int(out, VERSION_ANY);
    break;
  case OP_EXISTS:
  case OP_GET:
  case OP_CHILDREN:
    put_bool(out, request->watch);
    break;
  }
  close_frame(out, frame);
}

Reply wire_reply(const char *frame, int32_t size) {
  if (size < REPLY_HEADER) fail("a reply of %d bytes", size);
  return (Reply){wire_int(frame), wire_int(frame + 12), long_at(frame + 4), frame + REPLY_HEADER, size - REPLY_HEADER};
}

size_t wire_frame(const Buffer *in) {
  size_t length = buffer_length(in);
  if (length < 4) return 0;
  int32_t size = wire_int(in->bytes + in->begin);
  if (size < 0 || size > FRAME_MAX) fail("a frame of %d bytes", size);
  return length >= (size_t)size + 4 ? (size_t)size + 4 : 0;
}

int32_t wire_string(const Reply *reply, int32_t offset, char *text, size_t room) {
  if (reply->size - offset < 4) fail("a string is missing in a reply");
  int32_t size = wire_int(reply->body + offset);
  if (size < 0 || size > reply->size - offset - 4 || (size_t)size >= room) fail("a string of %d bytes", size);
  memcpy(text, reply->body + offset + 4, (size_t)size);
  text[size] = 0;
  return offset + 4 + size;
}
