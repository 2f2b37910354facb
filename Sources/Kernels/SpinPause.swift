import CSwiftletKernels

/// What a thread does between two looks at what it waits for.
package func spinPause() {
  swl_spin_pause()
}
