import { MINUTE } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';
import { burnrate } from '../cli/burnrate.ts';
import { Home } from './live.ts';

test('whatever is asked of a team’s store that does not answer says so, and what to do', async () => {
  await using home = new Home();
  home.configure({ store: 'clickhouse://ada@127.0.0.1:1/costs' });
  const link = await home.connect();
  const span = { from: 0, to: MINUTE };
  const told =
    /The team store 127\.0\.0\.1:1\/costs: it does not answer \(ECONNREFUSED\)\. Check that the server runs/;
  await expect(link.request('costs', { ...span, team: true })).rejects.toThrow(told);
  await expect(link.request('history', { ...span, stepMs: MINUTE, team: true })).rejects.toThrow(
    told,
  );
  await expect(link.request('teamCosts', { span: 'month' })).rejects.toThrow(told);
  await expect(link.request('compareTeamStore', {})).rejects.toThrow(told);
  const { code, stderr } = await burnrate(home, ['report', '--team']);
  expect(code).not.toBe(0);
  expect(stderr).toMatch(told);
  expect(stderr).toContain('Nothing is lost meanwhile');
});
