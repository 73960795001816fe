// `npm run schema`: assets/config.schema.json, from the schema that the program itself uses.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { configurationSchema } from '../proxy/contract/index.ts';

export const schemaFile = fileURLToPath(new URL('../assets/config.schema.json', import.meta.url));

/** The text of the schema file: JSON Schema 2020-12 for the configuration as a person may write it. */
export function schemaText(): string {
  const { $schema, ...schema } = z.toJSONSchema(configurationSchema, { io: 'input' });
  const title = 'Postern configuration (config.json)';
  return `${JSON.stringify({ $schema, title, ...schema }, null, 2)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(schemaFile, schemaText());
