import type { Alert } from '../../model/alert.ts';

/** The figures that explain an alert. */
export function Evidence({ alert }: { alert: Alert }) {
  return (
    <dl class="evidence">
      {alert.evidence.map(({ label, value }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
