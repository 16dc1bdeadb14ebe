import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** What a new burnrate.yaml holds: nothing in force, everything shown as it could be. */
export const CONFIG_TEMPLATE = `# Burnrate's configuration. All of it is optional: accounts are found by themselves.
# Remove the # of what you want to change; it takes effect when you save.

# When you are told of a GPU that costs money and does nothing.
# alerts:
#   idle:
#     below: 0.3            # share of activity under which a GPU counts as idle
#     forSeconds: 25        # for how long, before you are told
#     startupMinutes: 10    # what a job may take to load its data

# How often everything is asked. The defaults suit most.
# cadence:
#   telemetrySeconds: 15
#   accountsSeconds: 60

# sources:
#   aws:
#     profiles: [default]   # only these, instead of all that have credentials
#     regions: [us-east-1]
#   slurm:
#     prices:
#       gpu: { perGpuHour: 2.10 }    # your own price of a partition
#   dcgm:
#     endpoints: [gpu-node-1:9400]   # dcgm-exporters on other machines than this one
#   local:
#     pricePerHour: 1.20    # what this machine costs
`;

/** Writes the template where there is no configuration; an existing file is never touched. */
export function ensureConfig(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    writeFileSync(path, CONFIG_TEMPLATE, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
