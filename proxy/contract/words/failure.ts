import type { Protocol } from '../protocol.ts';
import type { Kind } from './kinds.ts';

/** Where a failure happened, in words. Every entry of the catalogue may name it; the renderer fills it in. */
export interface Where {
  /** The server's name, or `the server` where it is not known. */
  server: string;
  /** `port 993`, or `this port` where it is not known. */
  port: string;
  /** `imap.example.org port 993`, or as much of it as is known. */
  place: string;
  /** The number of the port, where it is known. */
  portNumber?: number;
  /** What is to be spoken there, where it is known. */
  protocol?: Protocol;
  /** What stands at either end, by what is to be spoken; as for mail where that is not known. */
  kind: Kind;
  /** What commands need so that they reach this Postern, with a blank in front; empty where the usual place is used. */
  options: string;
}

/** A command for a person to type, in quotes. @param command without `postern` */
export function typed(command: string, { options }: Pick<Where, 'options'>): string {
  return `"postern ${command}${options}"`;
}

/** One failure in words. `Facts` are what is known about the one case, apart from where it was. */
export interface FailureWords<Facts extends object = object> {
  /** A headline: a few words without a full stop. */
  title: string | ((known: Facts & Where) => string);
  /** What happened, in one or two plain sentences. */
  sentence(known: Facts & Where): string;
  /** What the person can do about it. */
  advice(known: Facts & Where): string;
}

/** One entry; the type parameter names its facts, each an inert, bounded value and none a secret. */
export function failure<Facts extends object = object>(words: FailureWords<Facts>): FailureWords<Facts> {
  return words;
}

/** Text that goes into a sentence only if its fact is known. */
export function given<T>(fact: T | undefined, text: (fact: T) => string): string {
  return fact === undefined ? '' : text(fact);
}
