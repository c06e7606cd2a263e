/* The end of a run that cannot go on. */
#ifndef FAIL_H
#define FAIL_H
void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
#endif
