import { useEffect, useState } from 'preact/hooks';
import type { DoctorReport } from '../../protocol/protocol.ts';
import { useAction, usePage } from '../page_context.ts';
import { Command } from './command.tsx';
import { Flame } from './icons.tsx';

/** No account was found: what was looked for and where, and how to see Burnrate at work anyway. */
export function Empty() {
  const { session } = usePage();
  const { busy, failure, run } = useAction();
  const [report, setReport] = useState<DoctorReport>();
  const look = () => run(async () => setReport(await session.request('doctor', {})));
  useEffect(look, []);
  return (
    <section class="card welcome" aria-labelledby="empty-title">
      <Flame />
      <h2 id="empty-title">Nothing to meter yet</h2>
      <p>
        Burnrate found no cloud account, scheduler or GPU to watch. Sign in with the provider’s own
        tool as usual; Burnrate uses the same credentials and notices them within a minute.
      </p>
      {report && <Looked report={report} />}
      {failure && (
        <p class="failure" role="alert">
          What was looked for could not be listed: {failure}
        </p>
      )}
      <p>To see it at work on a simulated fleet first, run this in a terminal:</p>
      <Command text="burnrate demo" />
      <button
        type="button"
        class="button"
        disabled={busy}
        onClick={() =>
          run(async () => {
            await session.request('refresh', {});
            setReport(await session.request('doctor', {}));
          })
        }
      >
        {busy ? 'Looking…' : 'Look again'}
      </button>
    </section>
  );
}

function Looked({ report }: { report: DoctorReport }) {
  if (report.looked.length === 0) return null;
  return (
    <div class="looked">
      <h3>Looked for</h3>
      <dl>
        {report.looked.map(({ source, title, places }) => (
          <div key={source}>
            <dt>{title}</dt>
            <dd>{places.join(', ')}</dd>
          </div>
        ))}
      </dl>
      <p class="quiet">Other accounts and prices of your own go into {report.collector.config}.</p>
    </div>
  );
}
