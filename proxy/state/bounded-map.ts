/** A map of at most `max` entries: the entry set longest ago is dropped first. */
export class BoundedMap<K, V> extends Map<K, V> {
  readonly #max: number;

  /** @param max entries, at least one */
  constructor(max: number) {
    super();
    this.#max = max;
  }

  override set(key: K, value: V): this {
    this.delete(key);
    super.set(key, value);
    if (this.size > this.#max) this.delete(this.keys().next().value as K);
    return this;
  }
}
