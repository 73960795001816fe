import type { farewells } from '../contract/index.ts';

/** Why a connection is ended by Postern: neither side wanted it, and nothing went wrong. */
export type OutsideEnding = Exclude<keyof typeof farewells, 'fault'>;

/** Pending operations on a connection reject with this when Postern ends it. */
export class EndedFromOutside extends Error {
  override readonly name = 'EndedFromOutside';
  readonly why: OutsideEnding;

  constructor(why: OutsideEnding) {
    super(why);
    this.why = why;
  }
}
