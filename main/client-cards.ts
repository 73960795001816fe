import cards from '../assets/client-cards.json' with { type: 'json' };
import { isNear } from '../proxy/config/near-word.ts';
import { type ClientCard, cardsSchema } from '../proxy/contract/index.ts';

/** Every card, in the order of the file. */
export function clientCards(): ClientCard[] {
  return cardsSchema.parse(cards);
}

/** The result of a search by name: a card, or the ones that may be meant. */
export type CardSearch = { card: ClientCard } | { meant: ClientCard[] };

/** Finds a program by its id, its name, an alias, part of one, or with one typing error. */
export function findCard(all: readonly ClientCard[], typed: string): CardSearch {
  const wanted = plain(typed);
  const namesOf = ({ id, name, alsoCalled }: ClientCard) => [id, name, ...alsoCalled].map(plain);
  const exact = all.filter((card) => namesOf(card).includes(wanted));
  if (exact[0] && (exact.length === 1 || exact[0].id === typed)) return { card: exact[0] };
  const parts = exact.length > 0 ? exact : all.filter((card) => namesOf(card).some((name) => name.includes(wanted)));
  if (parts[0] && parts.length === 1) return { card: parts[0] };
  if (parts.length > 0 && wanted !== '') return { meant: parts };
  return { meant: all.filter((card) => namesOf(card).some((name) => isNear(wanted, name))) };
}

/** Only letters and digits, in lower case: `Claws-Mail` and `claws mail` are the same. */
function plain(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}
