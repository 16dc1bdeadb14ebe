import { asksIn } from '@burnrate/shared/language/job_file.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';

test('no text breaks it, however unfinished', () => {
  const words = fc.constantFrom(
    ...[
      '#!/bin/sh\n',
      '#SBATCH ',
      '--gres=gpu:',
      '-N',
      '8',
      '\n',
      'resources:\n  ',
      'accelerators: ',
    ],
    ...[
      'A100:',
      '{',
      '[',
      'apiVersion: v1\n',
      'kind: Job\n',
      'spec:\n  ',
      'template:\n    ',
      '- ',
      '&a ',
      '*a ',
    ],
    ...['containers:', 'limits: {nvidia.com/gpu: 8}', '\t', '"', '%', '---\n', '? ', ': '],
    ...['any_of:\n    - ', '{{ x }}', '{{', '}}', 'replicas: ', 'run: x\n', 'hetjob\n'],
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(words, fc.string()), { maxLength: 30 }), (parts) => {
      for (const path of ['a.yaml', 'a.sh']) {
        const text = parts.join('');
        for (const { at, gpus, workers, remarks } of asksIn(text, path)) {
          expect(at.from).toBeGreaterThanOrEqual(0);
          expect(at.to).toBeLessThanOrEqual(text.length);
          expect((gpus?.count ?? 1) * workers).toBeGreaterThan(0);
          for (const { fix } of remarks) expect(fix?.at.to ?? 0).toBeLessThanOrEqual(text.length);
        }
      }
    }),
  );
});
