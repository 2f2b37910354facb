// Functions of vectors and rows. Included by each kernel set.

#define EACH(EXPRESSION)                                \
  do {                                                  \
    size_t i = 0;                                       \
    for (; i + LANES <= count; i += LANES) {            \
      vf x = load(in + i);                              \
      store(out + i, (EXPRESSION));                     \
    }                                                   \
    if (i < count) {                                    \
      vf x = load_part(in + i, count - i, 0.0f);        \
      store_part(out + i, (EXPRESSION), count - i);     \
    }                                                   \
  } while (0)

static void unary(swiftlet_float_unary kind, float alpha, float beta, float *out, const float *in,
                  size_t count) {
  switch (kind) {
    case SWIFTLET_FLOAT_RELU: EACH(x > 0.0f ? x : (x != x ? x : (vf)0.0f)); break;
    case SWIFTLET_FLOAT_SIGMOID: EACH(sigmoid_v(x)); break;
    case SWIFTLET_FLOAT_TANH: EACH(tanh_v(x)); break;
    case SWIFTLET_FLOAT_ERF: EACH(erf_v(x)); break;
    case SWIFTLET_FLOAT_EXP: EACH(exp_v(x)); break;
    case SWIFTLET_FLOAT_SQRT: EACH(__builtin_elementwise_sqrt(x)); break;
    case SWIFTLET_FLOAT_RECIPROCAL: EACH(1.0f / x); break;
    case SWIFTLET_FLOAT_ABSOLUTE: EACH(abs_v(x)); break;
    case SWIFTLET_FLOAT_NEGATE: EACH(-x); break;
    case SWIFTLET_FLOAT_FLOOR: EACH(__builtin_elementwise_floor(x)); break;
    case SWIFTLET_FLOAT_CEIL: EACH(__builtin_elementwise_ceil(x)); break;
    case SWIFTLET_FLOAT_ROUND: EACH(__builtin_elementwise_roundeven(x)); break;
    case SWIFTLET_FLOAT_SIGN: EACH(x > 0.0f ? (vf)1.0f : (x < 0.0f ? (vf)-1.0f : x)); break;
    case SWIFTLET_FLOAT_GELU: EACH(0.5f * x * (1.0f + erf_v(x * 0.707106781f))); break;
    case SWIFTLET_FLOAT_GELU_TANH:
      EACH(0.5f * x * (1.0f + tanh_v(0.797884561f * fma_v(x * x * x, (vf)0.044715f, x))));
      break;
    case SWIFTLET_FLOAT_SILU: EACH(x * sigmoid_v(x)); break;
    case SWIFTLET_FLOAT_HARD_SWISH:
      EACH(x * max_v(min_v(fma_v(x, (vf)(1.0f / 6.0f), (vf)0.5f), (vf)1.0f), (vf)0.0f));
      break;
    case SWIFTLET_FLOAT_HARD_SIGMOID:
      EACH(max_v(min_v(fma_v(x, (vf)alpha, (vf)beta), (vf)1.0f), (vf)0.0f));
      break;
    case SWIFTLET_FLOAT_LEAKY_RELU: EACH(x < 0.0f ? alpha * x : x); break;
    case SWIFTLET_FLOAT_CLIP: EACH(min_v((vf)beta, max_v((vf)alpha, x))); break;
  }
}

#define PAIRS(EXPRESSION)                                                          \
  do {                                                                             \
    size_t i = 0;                                                                  \
    for (; i + LANES <= count; i += LANES) {                                       \
      vf x = a_step ? load(a + i) : (vf)a[0], y = b_step ? load(b + i) : (vf)b[0]; \
      store(out + i, (EXPRESSION));                                                \
    }                                                                              \
    if (i < count) {                                                               \
      vf x = a_step ? load_part(a + i, count - i, 1.0f) : (vf)a[0];                \
      vf y = b_step ? load_part(b + i, count - i, 1.0f) : (vf)b[0];                \
      store_part(out + i, (EXPRESSION), count - i);                                \
    }                                                                              \
  } while (0)

static void binary(swiftlet_float_binary kind, float *out, const float *a, size_t a_step,
                   const float *b, size_t b_step, size_t count) {
  switch (kind) {
    case SWIFTLET_FLOAT_ADD: PAIRS(x + y); break;
    case SWIFTLET_FLOAT_SUBTRACT: PAIRS(x - y); break;
    case SWIFTLET_FLOAT_MULTIPLY: PAIRS(x * y); break;
    case SWIFTLET_FLOAT_DIVIDE: PAIRS(x / y); break;
    case SWIFTLET_FLOAT_MAXIMUM: PAIRS(x != x ? x : max_v(x, y)); break;
    case SWIFTLET_FLOAT_MINIMUM: PAIRS(x != x ? x : min_v(x, y)); break;
  }
}

static void affine(float *out, const float *in, float scale, float shift, size_t count) {
  EACH(fma_v(x, (vf)scale, (vf)shift));
}

enum { FLUSH = 64 * LANES };

// The sum of EXPRESSION, a function of x, over `in`; `rest` makes it 0 past the end.
#define SUM(RESULT, EXPRESSION, REST)                                 \
  do {                                                                \
    vf totals = 0.0f;                                                 \
    for (size_t start = 0; start < count; start += FLUSH) {           \
      size_t end = count - start < FLUSH ? count : start + FLUSH;     \
      vf lanes = 0.0f;                                                \
      size_t i = start;                                               \
      for (; i + LANES <= end; i += LANES) {                          \
        vf x = load(in + i);                                          \
        lanes += (EXPRESSION);                                        \
      }                                                               \
      if (i < end) {                                                  \
        vf x = load_part(in + i, end - i, (REST));                    \
        lanes += (EXPRESSION);                                        \
      }                                                               \
      totals += lanes;                                                \
    }                                                                 \
    (RESULT) = fold_sum(totals);                                      \
  } while (0)

// Folds COMBINE, a function of v and x, over `in`.
#define FOLD(V, IDENTITY, COMBINE)                              \
  do {                                                          \
    size_t i = 0;                                               \
    for (; i + LANES <= count; i += LANES) {                    \
      vf x = load(in + i);                                      \
      (V) = (COMBINE);                                          \
    }                                                           \
    if (i < count) {                                            \
      vf x = load_part(in + i, count - i, (IDENTITY));          \
      (V) = (COMBINE);                                          \
    }                                                           \
  } while (0)

INLINE float largest(const float *in, size_t count) {
  vf v = -INFINITY;
  FOLD(v, -INFINITY, max_v(v, x));
  return fold_max(v);
}

static float reduce(swiftlet_float_reduction kind, const float *in, size_t count) {
  float result = 0.0f;
  switch (kind) {
    case SWIFTLET_FLOAT_SUM: SUM(result, x, 0.0f); break;
    case SWIFTLET_FLOAT_SUM_OF_SQUARES: SUM(result, x * x, 0.0f); break;
    case SWIFTLET_FLOAT_LARGEST: result = largest(in, count); break;
    case SWIFTLET_FLOAT_SMALLEST: {
      vf v = INFINITY;
      FOLD(v, INFINITY, min_v(v, x));
      result = -fold_max(-v);
      break;
    }
    case SWIFTLET_FLOAT_PRODUCT: {
      vf v = 1.0f;
      FOLD(v, 1.0f, v * x);
      result = fold_product(v);
      break;
    }
  }
  return result;
}

static void accumulate(swiftlet_float_reduction kind, float *out, const float *in, size_t count) {
  const float *a = out, *b = in;
  const size_t a_step = 1, b_step = 1;
  switch (kind) {
    case SWIFTLET_FLOAT_SUM: PAIRS(x + y); break;
    case SWIFTLET_FLOAT_SUM_OF_SQUARES: PAIRS(fma_v(y, y, x)); break;
    case SWIFTLET_FLOAT_LARGEST: PAIRS(max_v(x, y)); break;
    case SWIFTLET_FLOAT_SMALLEST: PAIRS(min_v(x, y)); break;
    case SWIFTLET_FLOAT_PRODUCT: PAIRS(x * y); break;
  }
}

static void softmax(float *outputs, const float *inputs, size_t rows, size_t count) {
  for (size_t row = 0; row < rows; row++) {
    float *out = outputs + row * count;
    const float *in = inputs + row * count;
    vf top = largest(in, count);
    EACH(exp_v(x - top));
    in = out;
    float sum;
    SUM(sum, x, 0.0f);
    vf scale = 1.0f / sum;
    EACH(x * scale);
  }
}

static void layer_norm(float *outputs, const float *inputs, size_t rows, size_t count,
                       const float *scale, const float *bias, float epsilon) {
  for (size_t row = 0; row < rows; row++) {
    float *out = outputs + row * count;
    const float *in = inputs + row * count;
    float sum, squares;
    SUM(sum, x, 0.0f);
    const float mean = sum / (float)count;
    SUM(squares, (x - mean) * (x - mean), mean);
    const float factor = 1.0f / sqrtf(squares / (float)count + epsilon);
    EACH((x - mean) * factor);
    if (scale) binary(SWIFTLET_FLOAT_MULTIPLY, out, out, 1, scale, 1, count);
    if (bias) binary(SWIFTLET_FLOAT_ADD, out, out, 1, bias, 1, count);
  }
}
