import { schemasOf } from '@burnrate/shared/collector/accounts.ts';
import { Budget } from '@burnrate/shared/config/budgets.ts';
import { ConfigFile } from '@burnrate/shared/language/config_file.ts';
import type { LanguageScene } from '@burnrate/shared/language/features.ts';
import type { AccountView } from '@burnrate/shared/model/snapshot.ts';
import { MINUTE } from '@burnrate/shared/model/time.ts';
import { registry } from '@burnrate/shared/sources/index.ts';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { jobView } from '../alerts/scene.ts';

/** Noon, local time, in the middle of a month. */
export const NOON = new Date(2026, 10, 15, 12).getTime();

const sources = await Promise.all(Object.values(registry).map((load) => load()));
const schemas = schemasOf(sources);

const listed = (micros: number) => ({
  micros,
  provenance: 'list' as const,
  uncertain: false,
  unpriced: 0,
});

function account(source: string, name: string, changes: Partial<AccountView> = {}): AccountView {
  return {
    id: `${source}:${name}`,
    source,
    name,
    title: `${source}: ${name}`,
    foundIn: `where ${source} keeps it`,
    options: {},
    state: 'ok',
    capabilities: [],
    lastSuccessAt: NOON - MINUTE,
    spentToday: 0,
    ...changes,
  };
}

/** Two accounts of AWS, one of which is denied, a cluster, and three jobs. */
export function scene(changes: Partial<LanguageScene> = {}): LanguageScene {
  const jobs = [
    jobView({
      name: 'llama',
      rate: listed(4e6),
      today: listed(30e6),
      total: listed(120e6),
      labels: { project: 'chat' },
    }),
    jobView({ id: '2', name: 'llama-eval', rate: listed(1e6), account: 'aws:lab', source: 'aws' }),
    jobView({
      id: '3',
      name: 'theirs',
      mine: false,
      owner: 'grace',
      rate: listed(2e6),
      account: 'aws:lab',
    }),
  ];
  const failure = {
    kind: 'denied' as const,
    account: 'aws:prod',
    message: 'ec2:DescribeInstances is denied',
    remedy: 'Attach the read policy.',
    at: NOON,
  };
  return {
    market: { now: NOON, offers: [], nodes: [] },
    accounts: [
      account('aws', 'lab'),
      account('aws', 'prod', { state: 'failed', failure }),
      account('slurm', 'hpc'),
    ],
    jobs,
    budgets: [
      Budget.parse({ name: 'my day', perDay: 100 }),
      Budget.parse({ name: 'each', perJob: 200, jobs: 'llama' }),
    ],
    spent: [
      {
        name: 'my day',
        span: 'day',
        ceiling: 100e6,
        spentMicros: 31.2e6,
        microsPerHour: 5e6,
        action: 'notify',
      },
    ],
    schemas,
    ...changes,
  };
}

/** A text with `|` where the cursor is, and what is said there. */
export function at(marked: string, changes: Partial<LanguageScene> = {}) {
  const offset = marked.indexOf('|');
  const text = marked.replace('|', '');
  const document = TextDocument.create('file:///home/ada/burnrate.yaml', 'yaml', 1, text);
  const file = new ConfigFile(document, scene(changes));
  return { file, document, text, position: document.positionAt(Math.max(0, offset)) };
}
