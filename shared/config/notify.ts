import { z } from 'zod';

/** Capitals only, as is the custom: a secret that is put here by mistake is rarely that. */
const Variable = z
  .string()
  .regex(/^[A-Z_][A-Z0-9_]*$/, 'give the name of an environment variable, in capitals');

/** Local times from one to another, over midnight where the second is the earlier. */
export const QuietHours = z
  .string()
  .regex(
    /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/,
    'give local times, as in 22:00-07:00',
  );

/** The kinds of address that Burnrate can write to. */
export const ChannelKind = z.enum(['slack', 'discord', 'ntfy', 'webhook']);
export type ChannelKind = z.infer<typeof ChannelKind>;

/** One entry of the `notify` section: an address that alerts are sent to. */
export const ChannelSettings = z
  .strictObject({
    name: z.string().min(1).max(60).describe('What it is called where something is wrong with it.'),
    kind: ChannelKind.optional().describe(
      'What understands the messages there. Default: what the address itself says; else a webhook.',
    ),
    urlVariable: Variable.optional().describe('The environment variable that holds the address.'),
    url: z
      .url({ protocol: /^(https?|ntfy|generic(\+https?)?)$/ })
      .optional()
      .describe('The address itself, only where it holds no secret.'),
    headers: z
      .record(z.string().regex(/^[A-Za-z0-9-]+$/), Variable)
      .default({})
      .describe('Headers to send, each with the environment variable that holds its value.'),
    severity: z
      .enum(['info', 'warning', 'critical'])
      .default('warning')
      .describe('The least severity that is sent.'),
    resolved: z.boolean().default(true).describe('Whether the end of what was told is told, too.'),
    quietHours: QuietHours.optional().describe(
      'Local times between which only what is critical is sent: `22:00-07:00`.',
    ),
  })
  .refine(({ url, urlVariable }) => (url === undefined) !== (urlVariable === undefined), {
    message: 'give either urlVariable or url',
  })
  .refine(({ url }) => url === undefined || !holdsSecret(url), {
    path: ['url'],
    message: 'this address is a secret: keep it in an environment variable and name that',
  });
export type ChannelSettings = z.infer<typeof ChannelSettings>;

/** Two channels of one name could not be told apart. */
export const NotifySettings = z
  .array(ChannelSettings)
  .max(20)
  .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, {
    message: 'each channel needs a name of its own',
  })
  .default([])
  .describe('Addresses that alerts are sent to: chats, phones, webhooks.');

/** Whether whoever reads the address could write to it, or sign in by it. */
function holdsSecret(url: string): boolean {
  const { username, password, hostname } = new URL(url);
  const byPath = /(^|\.)(slack\.com|discord\.com|discordapp\.com)$/.test(hostname);
  return username !== '' || password !== '' || byPath;
}
