/** The log's text for an unexpected error, with where it was thrown if known. */
export function faultText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
