#include "swiftlet_test_support.h"

#if defined(__x86_64__)
#include <immintrin.h>

uint32_t swl_test_float_flags(void) { return _mm_getcsr() & 0x3f; }
void swl_test_clear_float_flags(void) { _mm_setcsr(_mm_getcsr() & ~0x3fu); }
#elif defined(__aarch64__)
uint32_t swl_test_float_flags(void) {
  uint64_t flags;
  __asm__ volatile("mrs %0, fpsr" : "=r"(flags));
  return flags & 0x9f;
}

void swl_test_clear_float_flags(void) { __asm__ volatile("msr fpsr, %0" : : "r"(0ull)); }
#else
#error "the floating-point flags of this processor are not known"
#endif

float swl_test_inexact(float third) {
  volatile float one = 1;
  return one + third;
}
