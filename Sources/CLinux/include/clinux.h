// What Glibc's Swift module map leaves out, or what Swift cannot call because it is a macro or variadic.
#pragma once
#if defined(__linux__)
#include <malloc.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>
#include <fcntl.h>
#include <errno.h>

// GNU extensions: declared here because Swift's Glibc module is built without _GNU_SOURCE.
struct cl_peer { pid_t pid; uid_t uid; gid_t gid; };  // struct ucred

static inline int cl_pipe(int ends[2]) {
  extern int pipe2(int *, int);
  return pipe2(ends, O_CLOEXEC | O_NONBLOCK);
}
static inline int cl_accept(int listener, struct sockaddr *address, socklen_t *length) {
  extern int accept4(int, struct sockaddr *, socklen_t *, int);
  return accept4(listener, address, length, SOCK_CLOEXEC | SOCK_NONBLOCK);
}
static inline void cl_name_thread(const char *name) {
  extern int prctl(int, ...);
  prctl(PR_SET_NAME, name, 0, 0, 0);
}
#endif

#if defined(__linux__)
#include <elf.h>
#include <spawn.h>
#include <time.h>

// The front of struct dl_phdr_info: a program file in memory and its segments.
struct cl_object { Elf64_Addr address; const char *name; const Elf64_Phdr *segments; Elf64_Half count; };

static inline int cl_each_object(int (*visit)(struct cl_object *, size_t, void *)) {
  extern int dl_iterate_phdr(int (*)(struct cl_object *, size_t, void *), void *);
  return dl_iterate_phdr(visit, 0);
}

// Seconds ahead of UTC at `seconds`. Not in Swift: which module `struct tm` belongs to differs between debug and release.
static inline long cl_zone_offset(long seconds) {
  extern struct tm *localtime_r(const time_t *, struct tm *);
  time_t time = seconds;
  struct tm parts;
  return localtime_r(&time, &parts) ? parts.tm_gmtoff : 0;
}

// System calls without a wrapper in the C library. Each returns -1 and sets errno where the kernel lacks it.
enum { CL_RESOLVE_NO_MAGICLINKS = 0x02, CL_RESOLVE_NO_SYMLINKS = 0x04, CL_RESOLVE_BENEATH = 0x08 };

static inline int cl_openat2(int directory, const char *path, int flags, unsigned mode, unsigned resolve) {
  struct { unsigned long long flags, mode, resolve; } how = {(unsigned)flags, mode, resolve};
  return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}
static inline int cl_pidfd_open(pid_t process) { return (int)syscall(SYS_pidfd_open, process, 0); }

static inline int cl_spawn_in_directory(posix_spawn_file_actions_t *actions, const char *path) {
  extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *, const char *);
  return posix_spawn_file_actions_addchdir_np(actions, path);
}
static inline int cl_spawn_closing_from(posix_spawn_file_actions_t *actions, int descriptor) {
  extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *, int);
  return posix_spawn_file_actions_addclosefrom_np(actions, descriptor);
}
#endif
