// Depthwise convolution on NEON: blocks of four values of a channel, for the dot4 of arm/tile.h.

enum { block_values = 4, strip_blocks = 320 };

INLINE void interleave(const int8_t *const p[4], const int values, v32 out[4]) {
  v8 v[4];
  for (int i = 0; i < 4; i++) v[i] = i < values ? load8(p[i]) : set8(0);
  interleave_bytes(v);
  for (int i = 0; i < 4; i++) out[i] = dwords_of(v[i]);
}
INLINE v32 dot_block(v32 sums, v32 values, v32 weights) { return dot4(sums, bytes_of(values), bytes_of(weights)); }
INLINE v32 held(v32 v) { return v; }

#include "../generic/depthwise.h"
