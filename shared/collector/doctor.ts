import { homedir } from 'node:os';
import { sep } from 'node:path';
import type { Paths } from '../config/paths.ts';
import { withDeadline } from '../model/deadline.ts';
import type { DoctorLine, DoctorReport } from '../protocol/protocol.ts';
import type { Check } from '../sources/source.ts';
import type { Accounts } from './accounts.ts';
import { cleanMessage } from './border.ts';
import type { Diagnosed, Invoices } from './invoices.ts';
import type { Watched } from './poller.ts';

const DIAGNOSIS_DEADLINE_MS = 30_000;

/** Tries every account now, each with its deadline, and tells where each source looked. */
export async function examine(
  accounts: Pick<Accounts, 'all' | 'looked'>,
  paths: Paths,
  invoices?: Pick<Invoices, 'diagnose'>,
  team?: { diagnose(): Promise<DoctorLine[]> },
): Promise<DoctorReport> {
  const [lines, bills = [], teamLines = []] = await Promise.all([
    Promise.all(accounts.all().map(examineOne)),
    invoices?.diagnose(inTime),
    team?.diagnose(),
  ]);
  const looked = accounts.looked().filter((source) => source.found === 0);
  return {
    accounts: [...lines, ...bills.map(billLine), ...teamLines].sort(byTitle),
    looked: looked
      .map(({ source, title, places }) => ({ source, title, places: places.map(fromHome) }))
      .sort(byTitle),
    collector: {
      database: paths.database,
      config: paths.config,
      socket: paths.socket,
      log: paths.log,
    },
  };
}

async function examineOne(watched: Watched): Promise<DoctorReport['accounts'][number]> {
  const { account, source, connection } = watched;
  return {
    account: account.id,
    title: `${source.title}: ${account.name}`,
    foundIn: fromHome(account.foundIn),
    checks: cleaned(await inTime((signal) => connection.diagnose(signal))),
  };
}

function billLine({ account, title, checks }: Diagnosed): DoctorReport['accounts'][number] {
  return {
    account: account.id,
    title: `${title}: ${account.name}`,
    foundIn: fromHome(account.foundIn),
    checks: cleaned(checks),
  };
}

function cleaned(checks: readonly Check[]): DoctorReport['accounts'][number]['checks'] {
  return checks.map(({ capability, ok, message, remedy }) => ({
    capability,
    ok,
    message: cleanMessage(message),
    ...(remedy !== undefined && { remedy: cleanMessage(remedy) }),
  }));
}

async function inTime(diagnose: (signal: AbortSignal) => Promise<Check[]>): Promise<Check[]> {
  const seconds = DIAGNOSIS_DEADLINE_MS / 1000;
  try {
    return await withDeadline(
      DIAGNOSIS_DEADLINE_MS,
      () => new Error(`no answer within ${seconds} s`),
      diagnose,
    );
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const remedy = 'Check that it runs and that this machine can reach it.';
    return [{ capability: 'connect', ok: false, message, remedy }];
  }
}

function byTitle(a: { title: string }, b: { title: string }): number {
  return a.title.localeCompare(b.title, 'en');
}

/** Paths as people write them. */
function fromHome(text: string): string {
  return text.replaceAll(`${homedir()}${sep}`, `~${sep}`);
}
