// Functions that models rarely compute, in double precision from basic operations only, so that
// they depend on no library's version.
#include "sets.h"

static const double ln2 = 0x1.62e42fefa39efp-1;

// x = 2^e m with m in [sqrt(1/2), sqrt(2)); log m = 2 atanh((m - 1) / (m + 1)).
static double natural_log(double x) {
  if (x != x || x < 0) return NAN;
  if (x == 0) return -INFINITY;
  if (isinf(x)) return x;
  int exponent;
  double m = frexp(x, &exponent);
  if (m < 0.70710678118654752) {
    m *= 2;
    exponent--;
  }
  double s = (m - 1) / (m + 1), square = s * s, sum = 0;
  for (int i = 23; i >= 3; i -= 2) sum = (sum + 1.0 / i) * square;
  return exponent * ln2 + 2 * (s + s * sum);
}

static double exponential(double x) {
  if (x != x) return x;
  if (x > 710) return INFINITY;
  if (x < -746) return 0;
  double n = floor(x / ln2 + 0.5);
  double f = (x - n * 0x1.62e42fee00000p-1) - n * 0x1.a39ef35793c76p-33;
  double sum = 1;
  for (int i = 14; i >= 1; i--) sum = sum * f / i + 1;
  return ldexp(sum, (int)n);
}

// The sine of f + quarter turns, |f| <= pi / 4.
static double sine(double f, int quarters) {
  double square = f * f, sum = 0;
  if (quarters & 1) {
    for (int i = 18; i >= 2; i -= 2) sum = -(sum + 1) * square / (i * (i - 1));
    sum = sum + 1;
  } else {
    for (int i = 19; i >= 3; i -= 2) sum = -(sum + 1) * square / (i * (i - 1));
    sum = f * (sum + 1);
  }
  return quarters & 2 ? -sum : sum;
}

static double turned(double x, int quarters) {
  if (!isfinite(x)) return NAN;
  double n = floor(x / 0x1.921fb54442d18p+0 + 0.5);
  double f = ((x - n * 0x1.921fb544p+0) - n * 0x1.0b4611a4p-34) - n * 0x1.3198a2e037073p-69;
  return sine(f, (int)fmod(n, 4) + 4 + quarters);
}

float swiftlet_float_log(float x) { return (float)natural_log(x); }
float swiftlet_float_sin(float x) { return (float)turned(x, 0); }
float swiftlet_float_cos(float x) { return (float)turned(x, 1); }

static double softplus(double x) {
  double tail = exponential(x < 0 ? x : -x);
  double log1p = tail < 1e-9 ? tail : natural_log(1 + tail);
  return (x > 0 ? x : 0) + log1p;
}

float swiftlet_float_softplus(float x) { return (float)softplus(x); }

float swiftlet_float_mish(float x) {
  if (isinf(x)) return x > 0 ? x : -0.0f;
  double e = exponential(x);
  if (e > 1e100) return x;
  double n = e * (e + 2);
  return (float)(x * (n / (n + 2)));
}

float swiftlet_float_elu(float x, float alpha) {
  if (x > 0) return x;
  double y = x;
  double difference = fabs(y) < 1e-5 ? y + y * y / 2 : exponential(y) - 1;
  return (float)(alpha * difference);
}

float swiftlet_float_power(float x, float y) {
  if (y == 0 || x == 1) return 1;
  if (x != x || y != y) return NAN;
  bool integral = floor((double)y) == (double)y;
  bool odd = integral && !isinf(y) && fmod((double)y, 2) != 0;
  double magnitude;
  if (x == 0) magnitude = y > 0 ? 0 : INFINITY;
  else if (isinf(x)) magnitude = y > 0 ? INFINITY : 0;
  else if (isinf(y)) magnitude = x == -1 ? 1 : (fabs((double)x) > 1) == (y > 0) ? INFINITY : 0;
  else if (x < 0 && !integral) return NAN;
  else if (x == -1) magnitude = 1;
  else magnitude = exponential(y * natural_log(fabs((double)x)));
  return (float)(signbit(x) && odd ? -magnitude : magnitude);
}

float swiftlet_float_modulo(float x, float y) { return fmodf(x, y); }
