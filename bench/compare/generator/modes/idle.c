/* Sessions that only ping. What counts is what the servers spend on them. */
#include "../load.h"

static void on_connected(Session *session) { (void)session; }
static void on_watched(Session *session, int event) { (void)session, (void)event; }
static void on_replied(Session *session, Call call, const Reply *reply) { (void)session, (void)call, (void)reply; }

const Mode MODE_IDLE = {"idle", {on_connected, on_replied, on_watched}, 0, NULL, NULL, NULL, NULL};
