/*
 * A preload shim that writes down what a process does to the files below one folder, in the order in which it happens,
 * so that the state of the disk after a crash at any moment can be made up from it. It can let operations fail, too.
 *
 * Environment: FAULT_ROOT, the folder; FAULT_JOURNAL, where the journal goes; FAULT_FAIL, optional, as "sync:7:EIO" (the
 * seventh sync fails, once) or "write:30:ENOSPC" (the thirtieth write is cut in half, and each after it finds no space).
 *
 * A record of the journal is a line, and the bytes that it announces: "W offset length path" with the bytes written,
 * "C path" created, "T length path" cut to a length, "S path" synced, "D path" a folder synced, "U path" unlinked,
 * "R length path" renamed, with the new path as its bytes, "L length path" likewise with a second name beside the first,
 * "E path" a sync that failed. Paths are relative to the folder. A file that was opened so that each write is synced gives "W"
 * and "S" for each.
 *
 * LevelDB writes through stdio. Its buffer is bypassed here, so that what it holds at a crash is what was not written yet.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#undef fwrite_unlocked

#define FD_MAX 4096
#define PATH_LENGTH 512

static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static char *paths[FD_MAX]; /* Of open descriptors below the folder. */
static int is_folder[FD_MAX];
static int is_synced[FD_MAX]; /* Opened so that each write is synced. */
static int journal = -1;
static char root[PATH_LENGTH];
static size_t root_length;
static int is_ready;
static char fail_kind[16], fail_error[16];
static long fail_at, write_count, sync_count;

#define REAL(result, name, ...)                                        \
  static result (*real_##name)(__VA_ARGS__);                           \
  if (!real_##name) real_##name = dlsym(RTLD_NEXT, #name)

static void prepare(void) {
  if (is_ready) return;
  is_ready = 1;
  const char *folder = getenv("FAULT_ROOT"), *to = getenv("FAULT_JOURNAL"), *fail = getenv("FAULT_FAIL");
  if (!folder || !to || strlen(folder) >= PATH_LENGTH) return;
  strcpy(root, folder);
  root_length = strlen(root);
  if (fail) sscanf(fail, "%15[a-z]:%ld:%15[A-Z]", fail_kind, &fail_at, fail_error);
  REAL(int, open, const char *, int, ...);
  journal = real_open(to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* The path below the folder, or null. */
static const char *below(const char *path) {
  prepare();
  if (journal < 0 || strncmp(path, root, root_length) != 0) return NULL;
  if (path[root_length] == '\0') return ".";
  return path[root_length] == '/' ? path + root_length + 1 : NULL;
}

static void put(const void *bytes, size_t length) {
  REAL(ssize_t, write, int, const void *, size_t);
  const char *at = bytes;
  while (length > 0) {
    ssize_t done = real_write(journal, at, length);
    if (done <= 0) abort();
    at += done;
    length -= (size_t)done;
  }
}

static void note(char kind, const char *path) {
  char line[PATH_LENGTH + 16];
  put(line, (size_t)snprintf(line, sizeof line, "%c %s\n", kind, path));
}

static void note_sized(char kind, long long size, const char *path) {
  char line[PATH_LENGTH + 48];
  put(line, (size_t)snprintf(line, sizeof line, "%c %lld %s\n", kind, size, path));
}

static const char *path_of(int fd) { return fd >= 0 && fd < FD_MAX ? paths[fd] : NULL; }

static void opened(int fd, const char *path, int was_there, int flags) {
  const char *name = below(path);
  if (!name || fd < 0 || fd >= FD_MAX) return;
  struct stat status;
  if (fstat(fd, &status) != 0) return;
  free(paths[fd]);
  paths[fd] = strdup(name);
  is_folder[fd] = S_ISDIR(status.st_mode);
  is_synced[fd] = (flags & O_DSYNC) != 0;
  if (is_folder[fd]) return;
  if (!was_there) note('C', name);
  else if (flags & O_TRUNC) note_sized('T', 0, name);
}

static void closed(int fd) {
  if (!path_of(fd)) return;
  free(paths[fd]);
  paths[fd] = NULL;
}

static int exists(const char *path) { return access(path, F_OK) == 0; }

/* How much of a write may be done; the rest finds no space. What the workload says of itself always gets through. */
static size_t allowed(int fd, size_t length) {
  if (strcmp(paths[fd], "acks") == 0) return length;
  write_count++;
  if (strcmp(fail_kind, "write") != 0 || write_count < fail_at) return length;
  return write_count == fail_at ? length / 2 : 0;
}

/* No need to trouble the disk: the journal knows what counts. */
static int note_sync(int fd) {
  if (strcmp(fail_kind, "sync") != 0 || ++sync_count != fail_at) {
    note('S', paths[fd]);
    return 0;
  }
  note('E', paths[fd]);
  errno = strcmp(fail_error, "ENOSPC") == 0 ? ENOSPC : EIO;
  return -1;
}

static ssize_t write_at(int fd, const void *bytes, size_t length, off_t offset) {
  REAL(ssize_t, pwrite64, int, const void *, size_t, off_t);
  size_t most = allowed(fd, length);
  ssize_t done = most > 0 || length == 0 ? real_pwrite64(fd, bytes, most, offset) : 0;
  if (done > 0) {
    char line[PATH_LENGTH + 64];
    put(line, (size_t)snprintf(line, sizeof line, "W %lld %zd %s\n", (long long)offset, done, paths[fd]));
    put(bytes, (size_t)done);
  }
  if (done == 0 && length > 0) {
    errno = ENOSPC;
    return -1;
  }
  if (is_synced[fd] && note_sync(fd) != 0) return -1;
  return done;
}

static ssize_t write_on(int fd, const void *bytes, size_t length) {
  struct stat status;
  int is_append = fcntl(fd, F_GETFL) & O_APPEND;
  off_t offset = is_append && fstat(fd, &status) == 0 ? status.st_size : lseek(fd, 0, SEEK_CUR);
  ssize_t done = write_at(fd, bytes, length, offset);
  if (done > 0) lseek(fd, offset + done, SEEK_SET);
  return done;
}

static int open_path(int (*real)(const char *, int, ...), const char *path, int flags, mode_t mode) {
  if (!below(path)) return real(path, flags, mode);
  pthread_mutex_lock(&lock);
  int was_there = exists(path);
  int fd = real(path, flags, mode);
  if (fd >= 0) opened(fd, path, was_there, flags);
  pthread_mutex_unlock(&lock);
  return fd;
}

#define OPEN(name)                                                     \
  int name(const char *path, int flags, ...) {                         \
    REAL(int, name, const char *, int, ...);                           \
    va_list rest;                                                      \
    va_start(rest, flags);                                             \
    mode_t mode = va_arg(rest, mode_t);                                \
    va_end(rest);                                                      \
    return open_path(real_##name, path, flags, mode);                  \
  }
OPEN(open)
OPEN(open64)

#define FOPEN(name)                                                    \
  FILE *name(const char *path, const char *mode) {                     \
    REAL(FILE *, name, const char *, const char *);                    \
    if (!below(path)) return real_##name(path, mode);                  \
    pthread_mutex_lock(&lock);                                         \
    int was_there = exists(path);                                      \
    FILE *file = real_##name(path, mode);                              \
    if (file) opened(fileno(file), path, was_there, mode[0] == 'w' ? O_TRUNC : 0);   \
    pthread_mutex_unlock(&lock);                                       \
    return file;                                                       \
  }
FOPEN(fopen)
FOPEN(fopen64)

#define FWRITE(name)                                                   \
  size_t name(const void *bytes, size_t size, size_t count, FILE *file) { \
    REAL(size_t, name, const void *, size_t, size_t, FILE *);          \
    pthread_mutex_lock(&lock);                                         \
    int fd = fileno(file);                                             \
    size_t done;                                                       \
    if (!path_of(fd)) done = real_##name(bytes, size, count, file);    \
    else {                                                             \
      ssize_t written = write_on(fd, bytes, size * count);             \
      done = written < 0 || size == 0 ? 0 : (size_t)written / size;    \
      if (done < count) errno = ENOSPC;                                \
    }                                                                  \
    pthread_mutex_unlock(&lock);                                       \
    return done;                                                       \
  }
FWRITE(fwrite)
FWRITE(fwrite_unlocked)

int fclose(FILE *file) {
  REAL(int, fclose, FILE *);
  pthread_mutex_lock(&lock);
  closed(fileno(file));
  int result = real_fclose(file);
  pthread_mutex_unlock(&lock);
  return result;
}

int close(int fd) {
  REAL(int, close, int);
  pthread_mutex_lock(&lock);
  closed(fd);
  int result = real_close(fd);
  pthread_mutex_unlock(&lock);
  return result;
}

ssize_t write(int fd, const void *bytes, size_t length) {
  REAL(ssize_t, write, int, const void *, size_t);
  if (!path_of(fd)) return real_write(fd, bytes, length);
  pthread_mutex_lock(&lock);
  ssize_t done = write_on(fd, bytes, length);
  pthread_mutex_unlock(&lock);
  return done;
}

#define PWRITE(name)                                                   \
  ssize_t name(int fd, const void *bytes, size_t length, off_t offset) { \
    REAL(ssize_t, name, int, const void *, size_t, off_t);             \
    if (!path_of(fd)) return real_##name(fd, bytes, length, offset);   \
    pthread_mutex_lock(&lock);                                         \
    ssize_t done = write_at(fd, bytes, length, offset);                \
    pthread_mutex_unlock(&lock);                                       \
    return done;                                                       \
  }
PWRITE(pwrite)
PWRITE(pwrite64)

/* One piece a call is enough: whoever gets less than asked for goes on. */
ssize_t writev(int fd, const struct iovec *pieces, int count) {
  REAL(ssize_t, writev, int, const struct iovec *, int);
  if (!path_of(fd)) return real_writev(fd, pieces, count);
  return count > 0 ? write(fd, pieces[0].iov_base, pieces[0].iov_len) : 0;
}

#define PWRITEV(name)                                                  \
  ssize_t name(int fd, const struct iovec *pieces, int count, off_t offset) { \
    REAL(ssize_t, name, int, const struct iovec *, int, off_t);        \
    if (!path_of(fd)) return real_##name(fd, pieces, count, offset);   \
    return count > 0 ? pwrite64(fd, pieces[0].iov_base, pieces[0].iov_len, offset) : 0; \
  }
PWRITEV(pwritev)
PWRITEV(pwritev64)

static int sync_file(int (*real)(int), int fd) {
  if (!path_of(fd)) return real(fd);
  pthread_mutex_lock(&lock);
  int result = 0;
  if (is_folder[fd]) note('D', paths[fd]);
  else result = note_sync(fd);
  pthread_mutex_unlock(&lock);
  return result;
}

int fdatasync(int fd) {
  REAL(int, fdatasync, int);
  return sync_file(real_fdatasync, fd);
}

int fsync(int fd) {
  REAL(int, fsync, int);
  return sync_file(real_fsync, fd);
}

#define FTRUNCATE(name)                                                \
  int name(int fd, off_t length) {                                     \
    REAL(int, name, int, off_t);                                       \
    pthread_mutex_lock(&lock);                                         \
    int result = real_##name(fd, length);                              \
    if (result == 0 && path_of(fd)) note_sized('T', length, paths[fd]); \
    pthread_mutex_unlock(&lock);                                       \
    return result;                                                     \
  }
FTRUNCATE(ftruncate)
FTRUNCATE(ftruncate64)

int unlink(const char *path) {
  REAL(int, unlink, const char *);
  const char *name = below(path);
  pthread_mutex_lock(&lock);
  int result = real_unlink(path);
  if (name && result == 0) note('U', name);
  pthread_mutex_unlock(&lock);
  return result;
}

int rename(const char *from, const char *to) {
  REAL(int, rename, const char *, const char *);
  const char *source = below(from), *target = below(to);
  pthread_mutex_lock(&lock);
  int result = real_rename(from, to);
  if (source && target && result == 0) {
    note_sized('R', (long long)strlen(target), source);
    put(target, strlen(target));
    for (int fd = 0; fd < FD_MAX; fd++) {
      if (!paths[fd] || strcmp(paths[fd], source) != 0) continue;
      free(paths[fd]);
      paths[fd] = strdup(target);
    }
  }
  pthread_mutex_unlock(&lock);
  return result;
}

int link(const char *from, const char *to) {
  REAL(int, link, const char *, const char *);
  const char *source = below(from), *target = below(to);
  pthread_mutex_lock(&lock);
  int result = real_link(from, to);
  if (source && target && result == 0) {
    note_sized('L', (long long)strlen(target), source);
    put(target, strlen(target));
  }
  pthread_mutex_unlock(&lock);
  return result;
}
