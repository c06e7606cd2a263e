#include "buffer.h"
#include "fail.h"
#include <stdlib.h>
#include <string.h>

#define ROOM_MIN 4096

static void move_to_front(Buffer *buffer) {
  if (buffer->begin == 0) return;
  memmove(buffer->bytes, buffer->bytes + buffer->begin, buffer_length(buffer));
  buffer->end -= buffer->begin;
  buffer->begin = 0;
}

char *buffer_reserve(Buffer *buffer, size_t size) {
  if (buffer->end + size > buffer->room) move_to_front(buffer);
  if (buffer->end + size > buffer->room) {
    size_t room = buffer->room > 0 ? buffer->room : ROOM_MIN;
    while (room < buffer->end + size) room *= 2;
    buffer->bytes = realloc(buffer->bytes, room);
    if (buffer->bytes == NULL) fail("no memory for a buffer of %zu bytes", room);
    buffer->room = room;
  }
  return buffer->bytes + buffer->end;
}

void buffer_append(Buffer *buffer, const void *bytes, size_t size) {
  memcpy(buffer_reserve(buffer, size), bytes, size);
  buffer->end += size;
}

void buffer_consume(Buffer *buffer, size_t size) {
  buffer->begin += size;
  if (buffer->begin == buffer->end) buffer_clear(buffer);
}

void buffer_clear(Buffer *buffer) { buffer->begin = buffer->end = 0; }

size_t buffer_length(const Buffer *buffer) { return buffer->end - buffer->begin; }
