#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Bad input: what, where, and what to do.
struct CommandError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// Takes the places of standard streams that are closed, so that no other file gets there: using them is an error still.
func holdClosedStreams() {
  for (descriptor, access) in [
    (STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY),
  ] where fcntl(descriptor, F_GETFD) < 0 {
    _ = open("/dev/null", access)
  }
}
