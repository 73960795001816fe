/**
 * Environment variables about trust, keys and how Node runs. People set these for other programs and forget them; here
 * they would switch verification off, add authorities, write the keys of every session to a file, or load compiled code
 * from where others may write.
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

/** Those that Node and OpenSSL read before a program's first line runs. */
const readEarly: ReadonlySet<string> = new Set([
  'NODE_OPTIONS',
  'NODE_COMPILE_CACHE',
  'NODE_EXTRA_CA_CERTS',
  'OPENSSL_CONF',
  'OPENSSL_MODULES',
  'NODE_USE_SYSTEM_CA',
]);

/** The environment for a child process, without the dangerous variables. */
export function harmlessEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  const entries = Object.entries(environment).filter(([name]) => !(dangerous as readonly string[]).includes(name));
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/**
 * Removes the dangerous variables from this process. If some have already had their effect and the system allows it,
 * the process re-executes itself without them; this then does not return.
 */
export function cleanEnvironment(): void {
  const found = dangerous.filter((name) => process.env[name] !== undefined && process.env[name] !== '');
  for (const name of dangerous) delete process.env[name];
  if (!found.some((name) => readEarly.has(name)) || typeof process.execve !== 'function') return;
  // Node's warning that execve is experimental is suppressed: stdout and stderr belong to the command.
  process.removeAllListeners('warning');
  const { execPath, execArgv, argv } = process;
  try {
    process.execve(execPath, [execPath, ...execArgv, ...argv.slice(1)], process.env);
  } catch {
    // This system has no such call: what can still be undone is undone, and TLS relies on none of Node's defaults.
  }
}
