import cards from '../assets/client-cards.json' with { type: 'json' };
import { type ClientCard, cardsSchema } from '../proxy/contract/index.ts';

let read: ClientCard[] | null = null;

/** Every client card, in the order of the file. */
export function clientCards(): readonly ClientCard[] {
  read ??= cardsSchema.parse(cards);
  return read;
}
