import { TeamServer } from '@burnrate/shared/store/clickhouse/client.ts';

/** Makes the tables of the store at an address, and says so: its environment says whom it trusts. */
const server = new TeamServer(
  { url: process.argv[2] ?? '', passwordVariable: 'TEAM_PASSWORD' },
  process.env,
);
await server.prepare();
await server.close();
process.stdout.write('prepared');
