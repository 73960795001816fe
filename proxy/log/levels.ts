/** How much is written: each level includes those before it. */
export const logLevels = ['error', 'warn', 'info', 'trace'] as const;
export type LogLevel = (typeof logLevels)[number];
