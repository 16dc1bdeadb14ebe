import { importFile } from '../../shared/invoices/import.ts';
import { openBills } from '../../shared/store/bills/bills.ts';
import { taken } from './import_taken.ts';

/** Imports files into the bills at the first argument, and prints what that took. */
const [path = '', ...files] = process.argv.slice(2);
const bills = openBills(path, Date.now);
let lines = 0;
for (const file of files) lines += (await importFile(bills, file)).edition.lines;
bills.close();
console.log(JSON.stringify(taken(lines)));
