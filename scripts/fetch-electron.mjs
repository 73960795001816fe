// Fetches Electron's binary for the package in the given folder, shows progress on standard error, and on failure says
// why in one line on standard output. Electron's own script does the same silently, and needs a newer Node than `npm
// start` does. What was fetched is checked against the checksums in the package, which the lockfile vouches for.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [, , folder = ''] = process.argv;
const require = createRequire(join(folder, 'install.js'));
const { downloadArtifact } = await import(require.resolve('@electron/get'));
const { version } = require(join(folder, 'package.json'));
const mebibyte = 1024 * 1024;

process.stderr.write('Fetching Electron, once (about 100 MB) ...\n');
let shown = -1;
function show({ transferred, total }) {
  if (!total) return;
  const percent = Math.floor((transferred / total) * 100);
  // In a file or a pipe, one line per tenth is enough.
  if (percent === shown || (!process.stderr.isTTY && percent % 10 !== 0)) return;
  shown = percent;
  const line = `  ${percent} % of ${Math.ceil(total / mebibyte)} MB`;
  process.stderr.write(process.stderr.isTTY ? `\r${line}${percent === 100 ? '\n' : ''}` : `${line}\n`);
}

function reason(error) {
  const cause = error.cause ?? error;
  if (error.name === 'HTTPError') return `${new URL(error.response.url).host} answered ${error.response.status}`;
  if (/checksum/i.test(error.name + error.message)) return 'what came is not what its checksum says';
  const code = cause.code ?? cause.errors?.[0]?.code;
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `no address is known for ${cause.hostname ?? 'where it lies'}; is this computer online?`;
    case 'ECONNREFUSED':
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return `where it lies cannot be reached (${code}); behind a proxy, set HTTPS_PROXY or npm's https-proxy`;
    case 'ENOSPC':
      return 'the disk is full';
    default:
      return code ? `${cause.message} (${code})` : cause.message;
  }
}

try {
  // Into the cache, where Electron's own script picks it up and checks it again.
  await downloadArtifact({
    version,
    artifactName: 'electron',
    cacheRoot: process.env.electron_config_cache,
    checksums: require(join(folder, 'checksums.json')),
    platform: process.env.ELECTRON_INSTALL_PLATFORM || process.env.npm_config_platform || process.platform,
    arch: process.env.ELECTRON_INSTALL_ARCH || process.env.npm_config_arch || process.arch,
    downloadOptions: { quiet: true, getProgressCallback: show },
  });
  require(join(folder, 'install.js'));
} catch (error) {
  process.stdout.write(`Electron could not be fetched: ${reason(error)}.\n`);
  process.exitCode = 1;
}
