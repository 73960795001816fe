/** What the log says of an error that nobody expected: where it was thrown, as far as it knows. */
export function faultText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
