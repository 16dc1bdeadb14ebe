import { readFileSync } from 'node:fs';
import { clockOf } from './clock.ts';
import { openFleet } from './fleet.ts';
import { Scenario } from './scenario.ts';
import { seed } from './seed.ts';

/**
 * The fleet's process. Plays the seed scenario, or that of a JSON file named as the argument; says
 * its addresses on one line of its output, and ends when its input does: it never outlives the
 * one who started it.
 */
const file = process.argv[2];
const scenario = Scenario.parse(file ? JSON.parse(readFileSync(file, 'utf8')) : seed);
const fleet = await openFleet(scenario, clockOf(process.env.BURNRATE_CLOCK));
process.stdout.write(`${JSON.stringify(fleet.addresses)}\n`);
process.stdin.on('end', () => process.exit(0));
process.stdin.on('error', () => process.exit(0));
process.stdin.resume();
