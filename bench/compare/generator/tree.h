/* The znodes that a load works on, made and deleted through a session of their own. */
#ifndef TREE_H
#define TREE_H
#include <stdint.h>

void tree_open(void);
void tree_close(void);
/* Waits until it is there; it may have been there before. */
void tree_make(const char *path);
/* The `keys` znodes that `tree_key` names. */
void tree_fill(int keys);
void tree_key(char *path, int key);
/* Does not wait until it is gone, but for `tree_settle`. */
void tree_delete(const char *path);
void tree_settle(void);
#endif
