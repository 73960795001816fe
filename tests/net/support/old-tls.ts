import { text } from 'node:stream/consumers';
import { type LocalIdentity, localTlsContext, takesOldTls } from '../../../proxy/net/local-tls.ts';

// Says of each of the two contexts whether this program's TLS library takes TLS 1.0 with it.

const identity = JSON.parse(await text(process.stdin)) as LocalIdentity;
const takes = {
  newer: await takesOldTls(localTlsContext(identity, false)),
  older: await takesOldTls(localTlsContext(identity, true)),
};
process.stdout.write(JSON.stringify(takes));
process.exit(0);
