/**
 * The honest half of a hostile test, where both need the same stage: what has to pass beside what is refused. It runs
 * inside the test that calls it and fails it; by its name it stands in the table in docs/threats.md like a test.
 *
 * @param name begins with the number of the case: "honest: 41: …"
 */
export async function honestHalf<Result>(
  name: `honest: ${string}`,
  half: () => Promise<Result> | Result,
): Promise<Result> {
  try {
    return await half();
  } catch (error) {
    if (error instanceof Error) error.message = `${name}\n${error.message}`;
    throw error;
  }
}
