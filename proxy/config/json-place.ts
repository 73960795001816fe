import { type ConfigurationIssue, pathText } from './configuration-error.ts';

/**
 * Adds to each issue of a JSON text where it is: a key by its own beginning, an entry of a list by its own, and what is
 * missing by the beginning of what it is missing from. They come in the order of the text.
 *
 * @param text valid JSON
 */
export async function withPlaces(text: string, issues: readonly ConfigurationIssue[]): Promise<ConfigurationIssue[]> {
  // A text nested ten thousand deep has no places; it has mistakes that can be said without.
  const places = await placesIn(text).catch(() => new Map<string, Place>());
  return issues
    .map((issue) => ({ ...issue, ...placeOf(issue.path, places) }))
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

type Place = Required<Pick<ConfigurationIssue, 'line' | 'column'>>;

/** Every value, by its path as issues name it. */
async function placesIn(text: string): Promise<Map<string, Place>> {
  const { parse } = await import('@humanwhocodes/momoa');
  const places = new Map<string, Place>();
  type Node = ReturnType<typeof parse>['body'];
  const note = (node: Node, path: readonly PropertyKey[], { line, column }: Place) => {
    places.set(pathText(path), { line, column });
    if (node.type === 'Array') {
      for (const [index, { value }] of node.elements.entries()) note(value, [...path, index], value.loc.start);
    }
    if (node.type !== 'Object') return;
    for (const { name, value } of node.members) {
      note(value, [...path, name.type === 'String' ? name.value : name.name], name.loc.start);
    }
  };
  const { body } = parse(text, { mode: 'json' });
  note(body, [], body.loc.start);
  return places;
}

function placeOf(path: string, places: ReadonlyMap<string, Place>): Place | undefined {
  const place = places.get(path);
  if (place || path === '') return place;
  const outer = path.replace(/(?:^|\.)[^.[\]]*$|\[[^[\]]*\]$/, '');
  return placeOf(outer === path ? '' : outer, places);
}
