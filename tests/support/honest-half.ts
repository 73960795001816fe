/**
 * The honest half of a hostile test, where both need the same stage: what has to pass alongside what is refused. It
 * runs inside the test that calls it, and its failure fails that test; the table in docs/threats.md lists it by name,
 * like a test.
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
