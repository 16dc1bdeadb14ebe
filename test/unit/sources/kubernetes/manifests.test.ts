import { readFileSync } from 'node:fs';
import { USAGE } from '@burnrate/shared/sources/kubernetes/cpus.ts';
import { PROXY } from '@burnrate/shared/sources/kubernetes/exporters.ts';
import { kinds } from '@burnrate/shared/sources/kubernetes/kinds.ts';
import { rightOf } from '@burnrate/shared/sources/kubernetes/rights.ts';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

const rulesOf = (file: string) => {
  const url = new URL(`../../../../shared/sources/kubernetes/${file}`, import.meta.url);
  return (parse(readFileSync(url, 'utf8')) as { rules: Rule[] }).rules;
};

/** `verb resource.group`, a line each. */
const rightsIn = (file: string) =>
  rulesOf(file).flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`)),
    ),
  );

test('read.yaml allows what reading needs, and nothing else', () => {
  const wanted = [
    'list /nodes',
    'list /pods',
    `${USAGE.verb} ${USAGE.group}/${USAGE.plural}`,
    'list kueue.x-k8s.io/workloads',
    // What owns a CronJob's Jobs is of no interest.
    ...kinds()
      .filter(({ repeats }) => !repeats)
      .map(({ group, plural }) => `get ${group}/${plural}`),
  ];
  expect(rightsIn('read.yaml').sort()).toEqual(wanted.sort());
});

test('telemetry.yaml allows to ask exporters, and nothing else', () => {
  const { verb, plural, subresource } = PROXY;
  expect(rightsIn('telemetry.yaml')).toEqual([`${verb} /${plural}/${subresource}`]);
});

test('stop.yaml allows what a stop needs, and nothing else', () => {
  const wanted = kinds()
    .filter(({ halt }) => halt !== undefined)
    .map(rightOf)
    .map(
      ({ verb, group, plural, subresource }) =>
        `${verb} ${group}/${plural}${subresource ? `/${subresource}` : ''}`,
    );
  expect(rightsIn('stop.yaml').sort()).toEqual(
    [...wanted, 'delete /pods', 'patch kueue.x-k8s.io/workloads'].sort(),
  );
});
