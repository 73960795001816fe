/**
 * The items in groups with the same key, in the order in which each key comes first: `Map.groupBy`, which Node 20 does not
 * have.
 */
export function inGroups<T>(items: readonly T[], key: (item: T) => string): [T, ...T[]][] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return [...groups.values()];
}
