// A GEMM's multiply-accumulate block on NEON, for a file that has said
//
//   dot4(sums, a, b)                        sums + a * b, added up by fours
//   dot4_lane(sums, columns, values, lane)  the same with one group of four values for all columns
//
// A tile of four rows by one panel holds sixteen vectors of sums, one of each row (sixteen values) and four of the panel.

typedef v8 left_operand;
enum { has_excess = 0, dot4_products = block_channels };
INLINE left_operand prepare_left(v8 a) { return a; }
INLINE v32 dot_excess(v32 sums, v8 b) { return (void)b, sums; }
INLINE ptrdiff_t ready_bytes(const swl_gemm *g) { return (void)g, 0; }
INLINE void prepare_panel(const swl_gemm *g, const int8_t *b, int8_t *out) { (void)g, (void)b, (void)out; }
INLINE int tile_rows(int panels) { return (void)panels, 4; }

// sums += values x columns, on four values of depth: the group of each row's vector, and 64 bytes of the panel.
INLINE void multiply_add_lane(const int8_t *b, const v8 *values, const int rows, v32 (*sums)[4], const int lane) {
  UNROLL for (int i = 0; i < 4; i++) {
    const v8 columns = load8(b + 16 * i);
    UNROLL for (int row = 0; row < rows; row++) sums[row][i] = dot4_lane(sums[row][i], columns, values[row], lane);
  }
}

INLINE void accumulate(const swl_gemm *g, const int8_t *a, const int8_t *b, const int8_t *ready, const int8_t *soon,
                       const int is_low, const int rows, const int panels, v32 (*sums)[4]) {
  (void)ready, (void)soon, (void)is_low, (void)panels;
  v8 values[4];
  ptrdiff_t k = 0;
  for (; k + 16 <= g->depth; k += 16) {
    UNROLL for (int row = 0; row < rows; row++) values[row] = load8(a + row * g->a_stride + k);
    multiply_add_lane(b + 16 * k, values, rows, sums, 0);
    multiply_add_lane(b + 16 * k + 64, values, rows, sums, 1);
    multiply_add_lane(b + 16 * k + 128, values, rows, sums, 2);
    multiply_add_lane(b + 16 * k + 192, values, rows, sums, 3);
  }
  for (; k < g->depth; k += 4) {
    UNROLL for (int row = 0; row < rows; row++) values[row] = set_fours(a + row * g->a_stride + k);
    multiply_add_lane(b + 16 * k, values, rows, sums, 0);
  }
}
