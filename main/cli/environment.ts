/**
 * What the environment may say about trust, keys and how Node runs. People set these for other programs and forget
 * them; here they would switch verification off, add authorities, write the keys of every session to a file, or take
 * compiled code from where others may write.
 */
const dangerous = [
  'NODE_TLS_REJECT_UNAUTHORIZED',
  'NODE_EXTRA_CA_CERTS',
  'NODE_USE_SYSTEM_CA',
  'NODE_USE_ENV_PROXY',
  'NODE_OPTIONS',
  'NODE_COMPILE_CACHE',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'SSLKEYLOGFILE',
  'OPENSSL_CONF',
  'OPENSSL_MODULES',
] as const;

/** Those that Node and OpenSSL read before the first line of a program runs. */
const readEarly: ReadonlySet<string> = new Set([
  'NODE_OPTIONS',
  'NODE_COMPILE_CACHE',
  'NODE_EXTRA_CA_CERTS',
  'OPENSSL_CONF',
  'OPENSSL_MODULES',
  'NODE_USE_SYSTEM_CA',
]);

/** The environment for a process that is started by this one, without the dangerous variables. */
export function harmlessEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  const entries = Object.entries(environment).filter(([name]) => !(dangerous as readonly string[]).includes(name));
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/**
 * Takes the dangerous variables out of this process. Where some had their effect already and the system can do it,
 * the process is replaced by itself without them; this does not return then.
 */
export function cleanEnvironment(): void {
  const found = dangerous.filter((name) => process.env[name] !== undefined && process.env[name] !== '');
  for (const name of dangerous) delete process.env[name];
  if (!found.some((name) => readEarly.has(name)) || typeof process.execve !== 'function') return;
  // Nothing is printed about execve being new: stdout and stderr belong to the command.
  process.removeAllListeners('warning');
  const { execPath, execArgv, argv } = process;
  try {
    process.execve(execPath, [execPath, ...execArgv, ...argv.slice(1)], process.env);
  } catch {
    // No such call on this system: what can still be undone is undone, and TLS rests on no default of Node.
  }
}
