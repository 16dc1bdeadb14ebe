import type { Alert } from '../../model/alert.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { AlertActions } from './alert_actions.tsx';
import { Evidence } from './evidence.tsx';
import { NoteIcon } from './icons.tsx';

/** What is worth knowing and can wait: one line, and the rest when it is asked for. */
export function AlertNote({ alert, snapshot }: { alert: Alert; snapshot: Snapshot }) {
  return (
    <li>
      <details class="note">
        <summary>
          <NoteIcon />
          <span class="unseen">Note: </span>
          {alert.title}
        </summary>
        <div class="note-body">
          <p class="quiet">{alert.detail}</p>
          <Evidence alert={alert} />
          <AlertActions alert={alert} snapshot={snapshot} />
        </div>
      </details>
    </li>
  );
}
