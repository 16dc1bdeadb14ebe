import { useEffect, useState } from 'preact/hooks';
import { readoutOf } from '../faces/readout.ts';
import type { JobView, Snapshot } from '../model/snapshot.ts';
import { locale } from './locale.ts';
import { useOpenedJob } from './opened_job.ts';
import { Clock, Page, useSession } from './page_context.ts';
import { Accounts } from './parts/accounts.tsx';
import { Alerts } from './parts/alerts.tsx';
import { Banners } from './parts/banners.tsx';
import { Bills } from './parts/bills.tsx';
import { BudgetDialog } from './parts/budget.tsx';
import { Budgets } from './parts/budgets.tsx';
import { BurnChart } from './parts/burn_chart.tsx';
import { Egress } from './parts/egress.tsx';
import { Empty } from './parts/empty.tsx';
import { Foot } from './parts/foot.tsx';
import { Headline } from './parts/headline.tsx';
import { JobDetail } from './parts/job_detail.tsx';
import { Jobs } from './parts/jobs.tsx';
import { Leftovers } from './parts/leftovers.tsx';
import { Nodes } from './parts/nodes.tsx';
import { SpotPrices } from './parts/spot_prices.tsx';
import { StopDialog } from './parts/stop_dialog.tsx';
import { Stops } from './parts/stops.tsx';
import { Team } from './parts/team.tsx';
import { Top } from './parts/top.tsx';
import { UnitCosts } from './parts/unit_costs.tsx';
import { Waiting } from './parts/waiting.tsx';
import { WasteByJob } from './parts/waste.tsx';
import { WasteOverTime } from './parts/waste_over_time.tsx';
import type { Session } from './session.ts';

/** The whole page. */
export function App({ session }: { session: Session }) {
  const state = useSession(session);
  const [toStop, setToStop] = useState<Pick<JobView, 'id' | 'name'>>();
  const [toLimit, setToLimit] = useState<string>();
  const { snapshot } = state;
  const { jobId, open, close } = useOpenedJob(state.wanted);
  const [last, remember] = useState<string>();
  useEffect(() => {
    if (jobId !== undefined) remember(jobId);
  }, [jobId]);
  const limited = snapshot?.jobs.find(({ id }) => id === toLimit);
  useEffect(() => {
    if (!snapshot) return;
    const { rate, line } = readoutOf(state.connected === false ? undefined : snapshot, locale);
    document.title = `${rate || line} · Burnrate`;
  }, [snapshot, state.connected]);
  const context = {
    session,
    askToStop: ({ id, name }: Pick<JobView, 'id' | 'name'>) => setToStop({ id, name }),
    askForBudget: setToLimit,
    openJob: open,
  };
  return (
    <Page.Provider value={context}>
      <Clock state={state}>
        {' '}
        <Banners state={state} />
        <Top state={state} session={session} />
        <main data-offline={state.connected === false}>
          {!snapshot && <Waiting state={state} />}
          {snapshot && jobId === undefined && isEmpty(snapshot) && <Empty />}
          {snapshot && jobId !== undefined && (
            <JobDetail key={jobId} jobId={jobId} snapshot={snapshot} onClose={close} />
          )}
          {snapshot && jobId === undefined && !isEmpty(snapshot) && (
            <Overview snapshot={snapshot} last={last} />
          )}
        </main>
        {snapshot && <Foot snapshot={snapshot} />}
        {toStop && (
          <StopDialog
            key={toStop.id}
            job={toStop}
            view={snapshot?.jobs.find(({ id }) => id === toStop.id)}
            onClose={() => setToStop(undefined)}
          />
        )}
        {limited && (
          <BudgetDialog key={limited.id} job={limited} onClose={() => setToLimit(undefined)} />
        )}
      </Clock>{' '}
    </Page.Provider>
  );
}

interface OverviewProps {
  snapshot: Snapshot;
  /** The job whose own page was open last. */
  last: string | undefined;
}

/** All that costs something, and what it does for that. */
function Overview({ snapshot, last }: OverviewProps) {
  return (
    <>
      <Headline snapshot={snapshot} />
      <Stops snapshot={snapshot} />
      <Alerts snapshot={snapshot} />
      <div class="overview-main">
        <Jobs snapshot={snapshot} wanted={last} />
        <Team snapshot={snapshot} />
        <BurnChart snapshot={snapshot} />
        <WasteOverTime snapshot={snapshot} />
        <UnitCosts snapshot={snapshot} jobs={snapshot.jobs.filter(({ mine }) => mine)} />
        <SpotPrices snapshot={snapshot} />
      </div>
      <div class="overview-side">
        <Budgets snapshot={snapshot} />
        <WasteByJob snapshot={snapshot} />
        <Bills snapshot={snapshot} />
        <Egress snapshot={snapshot} />
        <Leftovers snapshot={snapshot} />
      </div>
      <div class="columns">
        <Nodes snapshot={snapshot} />
        <Accounts snapshot={snapshot} />
      </div>
    </>
  );
}

function isEmpty({ accounts, jobs, nodes }: Snapshot): boolean {
  return accounts.length === 0 && jobs.length === 0 && nodes.length === 0;
}
