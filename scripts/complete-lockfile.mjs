// Completes package-lock.json: `node scripts/complete-lockfile.mjs`, after `npm install` has changed it.
//
// npm leaves a platform's binary package out of the lockfile when the registry in use does not carry it, and then `npm
// ci` refuses the lockfile on every machine ("Missing: … from lock file"). Each optional dependency that has no entry
// gets one here: its exact version and the platform in its name, marked optional, without an address. Also removes the
// registry's addresses if npm has written them.
import { readFileSync, writeFileSync } from 'node:fs';

const systems = ['android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const processors = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64'];

/** Where npm finds `name` from the package at `from`, or null: in the node_modules of each folder upwards. */
function resolve(packages, from, name) {
  for (let folder = from; ; ) {
    const place = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (packages[place]) return place;
    if (folder === '') return null;
    const above = folder.lastIndexOf('/node_modules/');
    folder = above < 0 ? '' : folder.slice(0, above);
  }
}

const lockfile = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const { packages } = lockfile;
for (const [from, entry] of Object.entries(packages)) {
  delete entry.resolved;
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (resolve(packages, from, name)) continue;
    const words = name.split(/[-/]/);
    const os = systems.find((system) => words.includes(system));
    const cpu = processors.find((processor) => words.includes(processor));
    const libc = words.includes('musl') || words.includes('musleabihf') ? 'musl' : os === 'linux' ? 'glibc' : undefined;
    if (!os || !cpu || !/^\d+\.\d+\.\d+$/.test(version)) {
      throw new Error(`${name}@${version}, wanted by ${from}, tells no platform: look at it by hand`);
    }
    packages[`node_modules/${name}`] = {
      version,
      cpu: [cpu],
      ...(entry.dev ? { dev: true } : {}),
      ...(libc ? { libc: [libc] } : {}),
      optional: true,
      os: [os],
    };
  }
}
lockfile.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en')));
writeFileSync('package-lock.json', `${JSON.stringify(lockfile, null, 2)}\n`);
