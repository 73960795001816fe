import type { farewells } from '../contract/index.ts';

/** Why a connection is ended from outside: neither side wanted it, and nothing went wrong. */
export type OutsideEnding = Exclude<keyof typeof farewells, 'fault'>;

/** What is under way on a connection rejects with this when it is ended from outside. */
export class EndedFromOutside extends Error {
  override readonly name = 'EndedFromOutside';
  readonly why: OutsideEnding;

  constructor(why: OutsideEnding) {
    super(why);
    this.why = why;
  }
}
