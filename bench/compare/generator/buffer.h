/* Bytes that come in at the end and go out at the front. */
#ifndef BUFFER_H
#define BUFFER_H
#include <stddef.h>

typedef struct {
  char *bytes;
  size_t begin, end, room;
} Buffer;

/* Makes room for `size` more bytes and tells where they begin. */
char *buffer_reserve(Buffer *buffer, size_t size);
void buffer_append(Buffer *buffer, const void *bytes, size_t size);
void buffer_consume(Buffer *buffer, size_t size);
void buffer_clear(Buffer *buffer);
size_t buffer_length(const Buffer *buffer);
#endif
