// What Glibc's Swift module map leaves out, or what Swift cannot call because it is a macro or variadic.
#pragma once
#if defined(__linux__)
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
