/**
 * What both sides of the window agree on: the state, the changes to it, the commands, the words for failures. Plain
 * data and its checks. Nothing here touches the network, the disk or Electron; the renderer imports nothing else of
 * ours.
 */
export * from './api.ts';
export * from './certificate.ts';
export * from './check-report.ts';
export * from './client-card.ts';
export * from './commands.ts';
export * from './concerns.ts';
export * from './configuration.ts';
export * from './diagnosis.ts';
export * from './discovery.ts';
export * from './endpoint.ts';
export * from './error-message.ts';
export * from './events.ts';
export * from './filled-card.ts';
export * from './fingerprint.ts';
export * from './followed-state.ts';
export * from './happening.ts';
export * from './happening-words.ts';
export * from './in-groups.ts';
export * from './inert.ts';
export { lanKeys, usualRecipientsPerHour } from './lan-configuration.ts';
export * from './listen-address.ts';
export * from './local-address.ts';
export * from './local-leg.ts';
export * from './local-tls.ts';
export * from './notify.ts';
export * from './oauth-provider.ts';
export * from './other-names.ts';
export * from './pem.ts';
export * from './protocol.ts';
export * from './protocol-facts.ts';
export * from './refusal.ts';
export * from './relay-names.ts';
export * from './settings.ts';
export * from './shell.ts';
export * from './sign-in.ts';
export * from './sign-in-configuration.ts';
export * from './standing.ts';
export * from './standing-refusal.ts';
export * from './state.ts';
export * from './usual-ports.ts';
export * from './web-page.ts';
export * from './words/cards.ts';
export * from './words/consent.ts';
export * from './words/discovery.ts';
export * from './words/fixed-configuration.ts';
export { nextSteps } from './words/next-steps.ts';
export * from './words/phrases.ts';
export type { AwaitedStep, Misbehaviour } from './words/steps.ts';
export * from './words/waiting.ts';
