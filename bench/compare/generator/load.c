#include "load.h"
#include "machine.h"
#include "options.h"

Load load;

void load_record(uint64_t since_ns) {
  load.completed++;
  if (!load.is_recording) return;
  load.operations++;
  histogram_add(&load.latency, now_ns() - since_ns);
}

void load_fail(void) {
  if (load.is_recording) load.errors++;
}

void load_send(Session *session, int op, const char *path, int flags, bool watch, uint64_t since_ns) {
  bool has_data = op == OP_CREATE || op == OP_SET;
  Request request = {.op = op, .path = path, .flags = flags, .watch = watch};
  if (has_data) {
    static size_t at;
    request.data = load.noise + at;
    at = (at + (size_t)options.size) % LOAD_NOISE_BYTES;
    request.size = options.size;
  }
  session_request(session, &request, since_ns);
}
