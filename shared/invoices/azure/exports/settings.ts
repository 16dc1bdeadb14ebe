import { z } from 'zod';
import { serviceUrl } from '../../../sources/rented.ts';

/** Where nothing is to be signed in for, and no key lies in a file: the address alone. */
const container = serviceUrl.refine(
  (text) => !URL.canParse(text) || new URL(text).search === '',
  'must have no query: Burnrate signs in as you do, and a SAS is a secret',
);

/** The `azure-exports` section under `invoices` in burnrate.yaml. */
export const Settings = z
  .strictObject({
    place: z
      .union([container, z.string().regex(/^(~?\/|[A-Za-z]:\\)/, 'not a folder')])
      .optional()
      .describe(
        'Where Cost Management delivers an export of FOCUS: `https://ACCOUNT.blob.core.windows.net/CONTAINER/FOLDER`, or a folder of this machine that holds a copy. Absent means that none is read.',
      ),
  })
  .prefault({})
  .describe('The bills of Azure subscriptions, by an export of Cost Management.');
export type Settings = z.infer<typeof Settings>;
