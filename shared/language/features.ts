import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import {
  type CodeAction,
  type CodeLens,
  type CompletionItem,
  type Diagnostic,
  DiagnosticSeverity,
  type Hover,
  type Position,
  type Range,
} from 'vscode-languageserver-types';
import type { Budget } from '../config/budgets.ts';
import type { Schemas } from '../config/sections.ts';
import { formatFigure } from '../faces/readout.ts';
import type { BudgetView } from '../model/budget_view.ts';
import { formatMoney, type Micros, toMicros } from '../model/money.ts';
import { matcherOf } from '../model/pattern.ts';
import type { AccountView, JobView } from '../model/snapshot.ts';
import { oneLine } from '../model/text.ts';
import { MINUTE } from '../model/time.ts';
import type { Ask, Remark } from './ask.ts';
import { type EditedFile, quickFix, rangeOf, touches } from './edited_file.ts';
import { type Estimate, estimateOf, type Market } from './estimate.ts';
import { asksIn } from './job_file.ts';
import { comparison, priceLine } from './words.ts';

/** What the features look at beside the document. */
export interface LanguageScene {
  market: Market;
  accounts: readonly AccountView[];
  jobs: readonly JobView[];
  budgets: readonly Budget[];
  /** Those of a day or a month, and how much of each is spent. */
  spent: readonly BudgetView[];
  schemas: Schemas;
}

/** A job file with what it asks for and what that costs. */
export class JobFile implements EditedFile {
  readonly #document: TextDocument;
  readonly #scene: LanguageScene;
  readonly #asks: { ask: Ask; estimate: Estimate | undefined }[];

  constructor(document: TextDocument, scene: LanguageScene) {
    this.#document = document;
    this.#scene = scene;
    this.#asks = asksIn(document.getText(), document.uri).map((ask) => ({
      ask,
      estimate: estimateOf(ask, scene.market),
    }));
  }

  get changes(): boolean {
    return this.#asks.length > 0;
  }

  lenses(): CodeLens[] {
    return this.#asks.flatMap(({ ask, estimate }) => {
      const range = rangeOf(this.#document, ask.at);
      const lens = (title: string, command: string, argument?: object): CodeLens => ({
        range,
        command: { title, command, ...(argument && { arguments: [argument] }) },
      });
      const { uri } = this.#document;
      const { launch } = ask;
      return [
        ...this.#running(ask).map((job) =>
          lens(runningLine(job), 'burnrate.showPanel', { jobId: job.id }),
        ),
        lens(priceLine(ask, estimate), 'burnrate.showPanel'),
        ...(launch
          ? [lens('Launch with budget…', 'burnrate.launchWithBudget', { uri, launch })]
          : []),
      ];
    });
  }

  /** The comparison of providers, on the lines that ask for the machines. */
  hover(position: Position): Hover | undefined {
    const offset = this.#document.offsetAt(position);
    const { line } = position;
    const found = this.#asks.find(({ ask }) => {
      const { start } = rangeOf(this.#document, ask.at);
      return start.line === line || (ask.at.from <= offset && offset < ask.at.to);
    });
    if (!found) return undefined;
    const value = comparison(found.ask, found.estimate, this.#scene.market.now);
    const range = rangeOf(this.#document, found.ask.at);
    return { contents: { kind: 'markdown', value }, range };
  }

  /** None: what a job file may hold is its own system's business. */
  completions(): CompletionItem[] {
    return [];
  }

  diagnostics(): Diagnostic[] {
    return this.#remarks().map(({ at, severity, code, message }) => ({
      range: rangeOf(this.#document, at),
      severity: SEVERITIES[severity],
      code,
      source: 'burnrate',
      message,
    }));
  }

  fixes(range: Range): CodeAction[] {
    const diagnostics = this.diagnostics();
    return this.#remarks().flatMap(({ at, fix, code }) => {
      if (!fix || !touches(this.#document, at, range)) return [];
      const told = diagnostics.filter((one) => one.code === code);
      return quickFix(this.#document, { ...fix, text: this.#indented(fix) }, told);
    });
  }

  /** A line that is put before another one leaves that one indented as it was. */
  #indented({ at, text }: NonNullable<Remark['fix']>): string {
    if (!/\n +$/.test(text)) return text;
    const { character } = this.#document.positionAt(at.from);
    return text.replace(/\n +$/, `\n${' '.repeat(character)}`);
  }

  #remarks(): Remark[] {
    return this.#asks.flatMap(({ ask, estimate }) => [
      ...ask.remarks,
      ...overBudget(ask, estimate, this.#scene.budgets),
    ]);
  }

  /** The jobs of this file that run now: by the name that it gives them. */
  #running({ source, name, namespace }: Ask): JobView[] {
    const known = name ?? (source === 'slurm' ? basename(pathOf(this.#document.uri)) : undefined);
    if (known === undefined) return [];
    return this.#scene.jobs.filter(
      (job) =>
        job.mine &&
        job.state === 'running' &&
        job.source === source &&
        (namespace === undefined || job.labels.namespace === namespace) &&
        (job.name === known || job.name.startsWith(`${known} [`)),
    );
  }
}

const SEVERITIES = {
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
} as const;

function pathOf(uri: string): string {
  return uri.startsWith('file:') ? fileURLToPath(uri) : uri;
}

/** `● runs now: $32.77/h list · $120.00 so far · 92% busy` */
function runningLine({ rate, total, activity }: JobView): string {
  const busy = activity === undefined ? '' : ` · ${Math.round(activity * 100)}% busy`;
  const provenance = rate.provenance ? ` ${rate.provenance}` : '';
  return oneLine(
    `● runs now: ${formatFigure(rate)}/h${provenance} · ${formatFigure(total)} so far${busy}`,
    120,
  );
}

/** The longest time limit, in whole minutes, at which it costs no more than that. */
function withinBudget({ limit }: Ask, atLimit: Micros, ceiling: Micros): Remark['fix'] {
  const ms = limit ? Math.floor((limit.ms * ceiling) / atLimit / MINUTE) * MINUTE : 0;
  if (!limit || ms < MINUTE) return undefined;
  const { said, ...edit } = limit.rewritten(ms);
  return { title: `Lower the time limit to the budget: ${said}`, ...edit };
}

/** Budgets of burnrate.yaml that it would exceed. */
function overBudget(
  ask: Ask,
  estimate: Estimate | undefined,
  budgets: readonly Budget[],
): Remark[] {
  if (!estimate) return [];
  const { atLimit, microsPerHour, calibrated } = estimate;
  return budgets.flatMap(({ name, jobs, perJob, perHour }): Remark[] => {
    if (!matcherOf(jobs)(ask.name ?? '')) return [];
    const remark = { at: ask.at, severity: 'warning' as const, code: 'over-budget' };
    if (perJob !== undefined && (atLimit ?? 0) > toMicros(perJob)) {
      const message = `Up to ${formatMoney(atLimit ?? 0)} at ${ask.limit?.said}: more than the budget ${name} of ${formatMoney(toMicros(perJob))} a job.`;
      const fix = withinBudget(ask, atLimit ?? 0, toMicros(perJob));
      return [{ ...remark, message, ...(fix && { fix }) }];
    }
    const rate = calibrated ?? microsPerHour;
    if (perHour !== undefined && rate > toMicros(perHour)) {
      const message = `${formatMoney(rate)}/h: more than the budget ${name} of ${formatMoney(toMicros(perHour))}/h.`;
      return [{ ...remark, message }];
    }
    return [];
  });
}
