// zlib: permessage-deflate, gzip and deflate responses. The init macros stand here as functions.
#pragma once
#define ZLIB_CONST  // input is not changed, and its type says so
#include <zlib.h>

static inline int cz_deflate_init(z_stream *s, int level, int window_bits, int mem_level) {
  return deflateInit2(s, level, Z_DEFLATED, window_bits, mem_level, Z_DEFAULT_STRATEGY);
}
static inline int cz_inflate_init(z_stream *s, int window_bits) { return inflateInit2(s, window_bits); }
