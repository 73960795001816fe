// What `npm run package` needs from its environment, and what it then tells electron-builder.

export interface PackagingOptions {
  system: NodeJS.Platform;
  environment: NodeJS.ProcessEnv;
  /** The arguments after `--`, for electron-builder. */
  words: readonly string[];
}

/** electron-builder's arguments, or what is missing, one sentence each. */
export type Packaging = { args: string[] } | { problems: string[] };

/**
 * @param environment `POSTERN_HOMEPAGE`, `POSTERN_MAINTAINER`: what deb and rpm have to name; `POSTERN_UPDATE_FEED`: where
 *   newer versions will be; and electron-builder's signing variables
 */
export function packagingArguments({ system, environment, words }: PackagingOptions): Packaging {
  const { POSTERN_HOMEPAGE: homepage, POSTERN_MAINTAINER: maintainer, POSTERN_UPDATE_FEED: feed } = environment;
  const problems: string[] = [];
  const args = ['--publish', 'never'];

  const named = words.filter((word) => /^(?:AppImage|deb|rpm|dir)$/i.test(word)).map((word) => word.toLowerCase());
  const namesMaker =
    named.length === 0 ? !words.includes('--dir') : named.some((each) => each === 'deb' || each === 'rpm');
  const isForLinux = system === 'linux' ? !words.some((word) => /^--(?:win|windows|mac|macos)$/.test(word)) : false;
  if (isForLinux && namesMaker) {
    if (!homepage || URL.parse(homepage)?.protocol !== 'https:') {
      problems.push('Set POSTERN_HOMEPAGE to the https:// address that deb and rpm name as the home of this build.');
    }
    if (!maintainer || !/^[^<>]+ <[^<>@\s]+@[^<>@\s]+>$/.test(maintainer)) {
      problems.push('Set POSTERN_MAINTAINER to who answers for this build: Name <address@example.org>.');
    }
  }
  if (homepage) args.push(`-c.extraMetadata.homepage=${homepage}`);
  if (maintainer) args.push(`-c.linux.maintainer=${maintainer}`);

  const signed = isSigned(system, environment);
  if (signed) args.push('-c.extraMetadata.signed=true');
  if (signed && system === 'darwin') {
    args.push(`-c.mac.identity=${environment.CSC_NAME}`, '-c.mac.hardenedRuntime=true');
  } else if (system === 'darwin' && environment.CSC_LINK) {
    problems.push(
      'Set CSC_NAME to the name in the certificate of CSC_LINK: without it the app would be signed by nobody.',
    );
  }

  if (feed) {
    if (URL.parse(feed)?.protocol !== 'https:') {
      problems.push('POSTERN_UPDATE_FEED has to be an https:// address: what is fetched from it gets installed.');
    } else if (system === 'linux') {
      problems.push('POSTERN_UPDATE_FEED is for Windows and macOS: an AppImage, deb or rpm does not update itself.');
    } else if (!signed) {
      problems.push(
        'POSTERN_UPDATE_FEED needs a signed build (docs/packaging.md): nothing else vouches for the next one.',
      );
    } else {
      args.push('-c.publish.provider=generic', `-c.publish.url=${feed}`);
    }
  }
  return problems.length > 0 ? { problems } : { args: [...args, ...words] };
}

/**
 * The native packages that an app for this system has to have: a universal app runs on both kinds of processor, and npm
 * installs the code for one alone.
 *
 * @param version of the keychain's package
 * @returns what to have npm install as well; nothing elsewhere
 */
export function nativePackages(system: NodeJS.Platform, version: string): string[] {
  if (system !== 'darwin') return [];
  return ['arm64', 'x64'].map((processor) => `@napi-rs/keyring-darwin-${processor}@${version}`);
}

/** Whether electron-builder will sign with a certificate, not merely so that the system runs it. */
function isSigned(system: NodeJS.Platform, { CSC_LINK, CSC_NAME, WIN_CSC_LINK }: NodeJS.ProcessEnv): boolean {
  if (system === 'darwin') return Boolean(CSC_NAME);
  return system === 'win32' && Boolean(WIN_CSC_LINK ?? CSC_LINK);
}
