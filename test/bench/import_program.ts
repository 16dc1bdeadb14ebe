import { importFile } from '../../shared/invoices/import.ts';
import { openBills } from '../../shared/store/bills/bills.ts';

/** Imports files into the bills at the first argument, and prints what that took. */
const [path = '', ...files] = process.argv.slice(2);
const bills = openBills(path, Date.now);
let lines = 0;
for (const file of files) lines += (await importFile(bills, file)).edition.lines;
bills.close();
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
console.log(
  JSON.stringify({
    lines,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    megabytes: (maxRSS * 1024) / 1e6,
  }),
);
