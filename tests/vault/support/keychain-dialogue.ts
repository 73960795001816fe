// Reads an entry of the system's keychain, writes it, and reads it again, in a session of its own.
import { systemKeychain } from '../../../proxy/vault/keychain.ts';

try {
  const before = await systemKeychain.read('vault test');
  await systemKeychain.write('vault test', 'kept');
  process.stdout.write(`before: ${before}; then: ${await systemKeychain.read('vault test')}\n`);
} catch (error) {
  process.stdout.write(`failed: ${error instanceof Error ? error.message : 'unknown'}\n`);
}
