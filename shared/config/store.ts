import { z } from 'zod';

/** Where the password of a team store is looked for when nothing else is said. */
export const PASSWORD_VARIABLE = 'BURNRATE_STORE_PASSWORD';

const SCHEMES: Readonly<Record<string, string>> = {
  'clickhouse:': 'http:',
  'clickhouses:': 'https:',
};
const EXAMPLE = 'clickhouse://burnrate@db.example:8123/burnrate';

const StoreUrl = z.string().superRefine((text, context) => {
  const refuse = (message: string) => context.addIssue({ code: 'custom', message });
  const url = URL.parse(text);
  if (!url || !(url.protocol in SCHEMES) || url.hostname === '') {
    return refuse(`give an address such as ${EXAMPLE}, or clickhouses:// for TLS`);
  }
  if (url.password !== '') {
    return refuse(
      `keep the password out of this address: put it into the variable ${PASSWORD_VARIABLE}, or name another as store.passwordVariable, or a file as store.passwordFile`,
    );
  }
  if (!/^\/?[A-Za-z_][A-Za-z0-9_]*$|^\/?$/.test(url.pathname)) {
    return refuse(`the part after the host is the name of a database, as in ${EXAMPLE}`);
  }
  const unknown = [...url.searchParams.keys()].find((name) => name !== 'secure');
  if (unknown !== undefined)
    refuse(`"${unknown}" is nothing that can be set here; only secure=1 is`);
});

/** Where a team's ledgers come together, and how to sign in there. */
const TeamStore = z
  .strictObject({
    url: StoreUrl,
    passwordVariable: z
      .string()
      .regex(/^[A-Z_][A-Z0-9_]*$/, 'give the name of an environment variable, in capitals')
      .default(PASSWORD_VARIABLE),
    passwordFile: z.string().min(1).optional(),
    password: z.string().optional(),
    name: z.string().min(1).max(100).optional(),
  })
  .refine(({ password, passwordFile }) => password === undefined || passwordFile === undefined, {
    message: 'give either password or passwordFile',
  });

/** As people write it; what of it is wrong is said of its parts, once they are known. */
const Text = z.string().optional();
const Written = z.union([
  z.string(),
  z.looseObject({
    url: Text.describe(
      `The address of the database: \`${EXAMPLE}\`, or \`clickhouses://\` for TLS.`,
    ),
    passwordVariable: Text.describe(
      `The environment variable that holds the password. Default: ${PASSWORD_VARIABLE}.`,
    ),
    passwordFile: Text.describe(
      'A file that holds the password and nothing else, such as a mounted secret.',
    ),
    password: Text.describe('The password itself: only where this file is as secret as it is.'),
    name: Text.describe("What this collector is called in the team's store. Default: user@host."),
  }),
]);

/** `store` in burnrate.yaml: an address, or an address with how to sign in. */
export const StoreSettings = Written.transform((written) =>
  typeof written === 'string' ? { url: written } : written,
)
  .pipe(TeamStore)
  .optional();
export type StoreSettings = NonNullable<z.infer<typeof StoreSettings>>;

/** The parts of an address, as ClickHouse's HTTP interface wants them. */
export interface StoreAddress {
  /** `http://db.example:8123`. */
  url: string;
  username: string;
  database: string;
  /** For people, and to know the store again: `db.example:8123/burnrate`. Never a secret. */
  text: string;
}

export function addressOf({ url: text }: Pick<StoreSettings, 'url'>): StoreAddress {
  const url = new URL(text);
  const secure =
    url.protocol === 'clickhouses:' || ['1', 'true'].includes(url.searchParams.get('secure') ?? '');
  const host = `${url.hostname}:${url.port || (secure ? 8443 : 8123)}`;
  const database = url.pathname.replace('/', '') || 'burnrate';
  return {
    url: `${secure ? 'https' : 'http'}://${host}`,
    username: decodeURIComponent(url.username) || 'default',
    database,
    text: `${host}/${database}`,
  };
}
