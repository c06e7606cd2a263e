/* One thread, one epoll: sessions come and go, and time passes. */
#ifndef LOOP_H
#define LOOP_H
#include "session.h"

void loop_start(void);
void loop_add(Session *session);
/* One round: waits for 2 ms at most. */
void loop_turn(void);
void loop_for(double seconds);
/* Rounds until as many sessions are connected as were added. */
void loop_until_connected(double seconds_max);
/* At once, without the pause that follows a loss. */
void loop_reconnect(Session *session);
#endif
