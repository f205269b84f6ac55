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

static inline int cl_fcntl_int(int fd, int command, int value) { return fcntl(fd, command, value); }
#endif
