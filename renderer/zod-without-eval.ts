import { config } from 'zod';

// Zod compiles its checks with `new Function`, which the window's content security policy forbids and reports. It
// reads this setting when a schema is made, so this file is imported before the contract.
config({ jitless: true });
