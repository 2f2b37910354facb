// What a thread does in a loop that waits for another thread.
#ifndef SWIFTLET_SPIN_H
#define SWIFTLET_SPIN_H

// Lets the core's other thread run, for some ten nanoseconds.
static inline void swl_spin_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb" ::: "memory");
#endif
}

#endif
