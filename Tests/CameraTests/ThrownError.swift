/// The error of this type that `body` throws; nil if it throws none. (Swift 6.0's `#expect(throws:)` does not return it.)
func thrownError<Failure: Error, Result>(
  _ type: Failure.Type, by body: () throws -> Result
) -> Failure? {
  do {
    _ = try body()
    return nil
  } catch {
    return error as? Failure
  }
}
