import { limits } from '../x509/limits.ts';

/**
 * How much judging one presentation may cost, in operations. Certificates are read before anyone is trusted, in the thread
 * that carries everyone's mail: whatever a server presents, that mail waits no longer than this takes. Each method counts one operation and says whether it is allowed.
 */
export class Work {
  #units = 0;
  #paths = 0;
  #steps = 0;
  #comparisons = 0;

  /** @param units the cost of one signature with that key */
  signature(units: number): boolean {
    this.#units += units;
    return this.#units <= limits.signatureUnits;
  }

  /** One whole path is evaluated. */
  path(): void {
    this.#paths += 1;
  }

  /** One step of the search for a path. */
  step(): void {
    this.#steps += 1;
  }

  get maySearchOn(): boolean {
    return this.#paths < limits.paths && this.#steps < limits.steps;
  }

  /** This many names are compared with constraints. */
  comparisons(count: number): boolean {
    this.#comparisons += count;
    return this.#comparisons <= limits.comparisons;
  }
}
