import { readLdapHead } from '../../protocols/ldap-message.ts';
import { code, op } from '../../protocols/ldap-operations.ts';
import { ldapAnswer, simpleBind, unbindRequest } from '../../protocols/ldap-writer.ts';
import type { Offer } from '../../sasl/choice.ts';
import { unaskedFor } from '../clock.ts';
import type { SignInStep } from '../dialect.ts';
import { type Attempt, type Front, wrongPasswordWords } from '../front.ts';
import type { Answer } from '../grammar.ts';
import { ourName } from '../words.ts';
import { type LdapCommand, said, wholeRequest } from './grammar.ts';
import { LdapTalk } from './talk.ts';

/** The number of the bind that Postern sends. The program's numbers are its own business: one request is on its way. */
const ownId = 1;

/** Postern between both sides of a directory: a simple bind from the program, and another one to the server. */
export class LdapFront extends LdapTalk implements Front<LdapCommand> {
  readonly #step: SignInStep;

  constructor(step: SignInStep) {
    super(step);
    this.#step = step;
  }

  override async admit({ means, bind }: LdapCommand): Promise<string | null> {
    if (means === 'raw-at-once') return said(code.strongerAuthRequired, 'sign in first, with the local password.');
    // A name without a password is as anonymous as none (RFC 4513 §5.1.2).
    if (bind?.by.kind === 'simple' && bind.by.password.length === 0)
      return said(code.inappropriateAuthentication, 'sign in with the local password.');
    return null;
  }

  attempt({ bind }: LdapCommand): Attempt {
    if (bind?.by.kind === 'simple') return proofOf(bind.by.password.toString('utf8'));
    if (bind?.by.kind !== 'sasl' || bind.by.mechanism.toUpperCase() !== 'PLAIN') return { kind: 'unknown-mechanism' };
    // Authorization identity, user name and password (RFC 4616 §2). Only the password counts.
    const parts = (bind.by.credentials ?? Buffer.alloc(0)).toString('utf8').split('\0');
    return parts.length === 3 ? proofOf(parts[2] ?? '') : { kind: 'malformed' };
  }

  challenge(): string {
    return said(code.saslBindInProgress, 'go on');
  }

  wrongPassword(): string {
    return said(code.invalidCredentials, wrongPasswordWords);
  }

  unknownMechanism(): string {
    return said(code.authMethodNotSupported, 'sign in by name and password.');
  }

  async offer(): Promise<Offer> {
    return { mechanisms: [], command: true, stated: true };
  }

  maxInitial(): number {
    return 0;
  }

  begin(): Promise<Answer> {
    throw unaskedFor(this.#step.server);
  }

  goOn(): Promise<Answer> {
    throw unaskedFor(this.#step.server);
  }

  async byCommand(user: string, password: string): Promise<Answer> {
    const bytes = simpleBind(ownId, user, password);
    const head = readLdapHead(bytes);
    const command = typeof head === 'string' ? null : wholeRequest(bytes, head);
    // One that is too long for its own form is no request: the vault holds no such password.
    if (!command) throw unaskedFor(this.#step.server);
    this.#step.trace('to-server', command.shown);
    return super.ask(command);
  }

  /** A directory has none. */
  async openMailbox(): Promise<null> {
    return null;
  }

  async quit(): Promise<void> {
    await this.#step.upstream.write(unbindRequest(ownId), this.#step.signal);
  }

  async enter({ id }: LdapCommand): Promise<Buffer> {
    return ldapAnswer(id, op.bindResponse, code.success, `${ourName}: signed in`);
  }
}

function proofOf(password: string): Attempt {
  return { kind: 'proof', proof: { kind: 'password', password } };
}
