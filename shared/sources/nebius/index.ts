import { z } from 'zod';
import { MINUTE, SECOND } from '../../model/time.ts';
import { lazily } from '../lazily.ts';
import { pricesByType } from '../rental_source.ts';
import { defineSource } from '../source.ts';
import { discover } from './discover.ts';

/** The `nebius` section of burnrate.yaml. */
export const Settings = z
  .strictObject({
    profiles: z
      .array(z.string().min(1).meta({ 'x-names': 'account' }))
      .min(1)
      .optional()
      .describe(
        'Profiles of the `nebius` tool, one account each. Absent: the one it uses by default.',
      ),
    projects: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe('Projects to read (`project-…`). Absent: the one in the profile.'),
    mine: z
      .array(z.string().min(1))
      .optional()
      .describe(
        "What your machines' names begin with, in a project that a team shares. Absent: all are yours.",
      ),
    prices: pricesByType.describe(
      'US dollars per hour by platform and preset: `gpu-h100-sxm 8gpu-128vcpu-1600gb`.',
    ),
  })
  .prefault({})
  .describe('Machines of Nebius AI Cloud, by the profiles of its tool.');
export type Settings = z.infer<typeof Settings>;

const CADENCE = { everyMs: MINUTE, deadlineMs: 40 * SECOND, costMicros: 0 };

/**
 * Nebius's virtual machines, by its own tool: its API is gRPC alone, and its official library for
 * it would cost more memory than all other sources together.
 * https://docs.nebius.com/cli
 */
export const nebius = defineSource<Settings>({
  id: 'nebius',
  title: 'Nebius AI Cloud',
  capabilities: ['nodes', 'jobs', 'prices', 'stop'],
  cadence: { nodes: CADENCE, jobs: CADENCE, prices: CADENCE },
  settings: Settings,
  discover,
  open: (account, surroundings, settings) =>
    lazily(async () => (await import('./connection.ts')).connect(account, surroundings, settings)),
});
