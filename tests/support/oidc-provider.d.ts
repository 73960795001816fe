/** The part of the package that the tests use: it has no types of its own. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http';
  export default class Provider {
    constructor(issuer: string, configuration: object);
    on(event: 'grant.success', listener: (context: { body: Record<string, unknown> }) => void): this;
    on(event: 'registration_create.success', listener: (context: unknown, client: { clientId: string }) => void): this;
    callback(): (request: IncomingMessage, response: ServerResponse) => void;
  }
}
