/* What all modes share: the sessions under load, what is measured, and the mode itself. */
#ifndef LOAD_H
#define LOAD_H
#include "histogram.h"
#include "session.h"
#include <stdio.h>

typedef struct {
  const char *name;
  Handlers handlers;
  /* Sessions beside those that were asked for, in front of them. */
  int more_sessions;
  /* By a session of its own, before and after the load. Each may be NULL. */
  void (*prepare)(void);
  void (*clean)(void);
  /* All sessions are connected. May be NULL. */
  void (*begin)(void);
  /* Fields of its own, each with a comma in front. May be NULL. */
  void (*report)(FILE *out);
} Mode;

enum { LOAD_NOISE_BYTES = 1 << 20 };

typedef struct {
  const Mode *mode;
  Session *sessions;
  int session_count;
  /* What is written is a part of it, another one each time. */
  char *noise;
  /* Between the two, answers count. */
  bool is_recording, is_stopping;
  Histogram latency;
  uint64_t operations, completed, errors;
  /* `ended_ns` is 0 until then. */
  uint64_t started_ns, ended_ns;
} Load;

extern Load load;

extern const Mode MODE_OPS, MODE_WATCH, MODE_CHURN, MODE_LOCK, MODE_FAILOVER, MODE_IDLE, MODE_FIRST;

void load_record(uint64_t since_ns);
void load_fail(void);
void load_send(Session *session, int op, const char *path, int flags, bool watch, uint64_t since_ns);
#endif
