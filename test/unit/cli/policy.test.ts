import { readFileSync } from 'node:fs';
import { printPolicy } from '@burnrate/shared/cli/policy.ts';
import type { Terminal } from '@burnrate/shared/cli/terminal.ts';
import type { Line } from '@burnrate/shared/cli/view/text.ts';
import { expect, test } from 'vitest';

/** A terminal that keeps what is printed, and what is only noted. */
function recorder() {
  const printed: string[] = [];
  const noted: string[] = [];
  const terminal: Terminal = {
    interactive: false,
    width: 80,
    colours: 0,
    print: (...lines: Line[]) => {
      printed.push(...lines.map((line) => line.map(({ text }) => text).join('')));
    },
    note: (text) => void noted.push(text),
    json: () => {},
  };
  return { terminal, printed, noted };
}

test('one policy of a source is its file and nothing else, so that it can be written to one', async () => {
  const { terminal, printed } = recorder();
  expect(await printPolicy(terminal, 'aws/stop')).toBe(0);
  const file = new URL('../../../shared/sources/aws/policy-stop.json', import.meta.url);
  expect(`${printed.join('\n')}\n`).toBe(readFileSync(file, 'utf8'));
  expect(JSON.stringify(JSON.parse(printed.join('\n')))).toContain('sagemaker:StopTrainingJob');
});

test('a source prints what reading needs, and apart from it what stopping needs', async () => {
  const { terminal, printed, noted } = recorder();
  expect(await printPolicy(terminal, 'kubernetes')).toBe(0);
  expect(noted).toEqual([
    'To see kubernetes:',
    'To stop jobs of kubernetes, also:',
    'To read how busy GPUs of kubernetes are, also:',
  ]);
  expect(printed.join('\n')).toContain('burnrate-read');
  expect(printed.join('\n')).toContain('burnrate-stop');
});

test('what has no policy is told which have one', async () => {
  const { terminal } = recorder();
  const refused = (wanted: string) =>
    printPolicy(terminal, wanted).catch((error: unknown) => error);
  expect(await refused('nope')).toMatchObject({
    message: expect.stringMatching(/no source "nope"; policies exist for aws, /),
    exitCode: 2,
  });
  expect(await refused('slurm')).toMatchObject({
    message: expect.stringMatching(/slurm needs no policy/),
  });
  expect(await refused('aws/write')).toMatchObject({
    message: expect.stringMatching(/no policy "write"; try aws\/read, aws\/stop, aws\/invoices/),
  });
});
