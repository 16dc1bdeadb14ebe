import type { Sum, TransferSum, UnusedSum } from '../../store/bills/reads.ts';
import { LONGEST_MS, type ScannedLine } from '../../store/bills/scan.ts';

/**
 * AWS's meter of what goes to the internet, which tiers of prices are by: `USE1-DataTransfer-Out-Bytes`.
 * That between regions is `USE1-USW2-AWS-Out-Bytes`; CloudFront's has tiers of its own.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/aws-usage-report-understand.html
 */
const INTERNET = /(^|-)DataTransfer-Out-Bytes$/;
const OWN_TIERS = /cloudfront/i;
/** A gigabyte of that meter. */
const GIGABYTE = 2 ** 30;

interface Adding {
  micros: number;
  fine: number;
  lines: number;
}

/** What a day's lines come to that are not looked at one by one, added up as they are scanned. */
export class DaySums {
  readonly #other = new Map<string, Omit<Sum, 'micros' | 'lines'> & Adding>();
  readonly #transfers = new Map<string, TransferSum>();
  readonly #unused = new Map<string, UnusedSum>();

  add(line: ScannedLine): void {
    const { provider, account, kind, service, currency, effective, fine } = line;
    const key = [provider, account, kind, service, currency].join('\u0001');
    let sum = this.#other.get(key);
    if (!sum) {
      sum = { provider, account, kind, service, currency, micros: 0, fine: 0, lines: 0 };
      this.#other.set(key, sum);
    }
    sum.micros += effective;
    sum.fine += fine;
    sum.lines += 1;
    if (kind === 'egress' && line.to - line.from <= LONGEST_MS) this.#addTransfer(line);
    if (kind === 'unused commitment') this.#addUnused(line);
  }

  /** By account, kind and service. */
  other(): Sum[] {
    return [...this.#other.values()].map(({ fine, micros, ...sum }) => ({
      ...sum,
      micros: micros + Math.round(fine / 1e6),
    }));
  }

  transfers(): TransferSum[] {
    return [...this.#transfers.values()].map((sum) => ({ ...sum, micros: Math.round(sum.micros) }));
  }

  unused(): UnusedSum[] {
    return [...this.#unused.values()];
  }

  #addTransfer(line: ScannedLine): void {
    const usd = line.currency === 'USD' ? 1 : line.usdPerUnit;
    if (usd === null) return;
    const { provider, account, wayAccount, about, service } = line;
    const key = [provider, account, wayAccount, about, service].join('\u0001');
    const sum = this.#transfers.get(key) ?? {
      provider,
      subAccount: account,
      account: wayAccount,
      resource: about,
      service,
      micros: 0,
      lines: 0,
    };
    sum.micros += (line.effective + line.fine / 1e6) * usd;
    sum.lines += 1;
    const { consumed, gigabytesOf } = line;
    if (consumed !== null && INTERNET.test(gigabytesOf ?? '') && !OWN_TIERS.test(service))
      sum.internetBytes = (sum.internetBytes ?? 0) + consumed * GIGABYTE;
    this.#transfers.set(key, sum);
  }

  #addUnused({ about, provider, account, wayAccount, currency, effective }: ScannedLine): void {
    if (about === null || currency !== 'USD') return;
    const key = [about, provider, account, wayAccount].join('\u0001');
    const known = this.#unused.get(key)?.micros ?? 0;
    const micros = known + effective;
    this.#unused.set(key, { commitment: about, provider, account, wayAccount, micros });
  }
}
