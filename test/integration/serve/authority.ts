import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A certificate authority of a team's own, as somebody makes one by OpenSSL. */
export class Authority {
  readonly folder = mkdtempSync(join(tmpdir(), 'burnrate-authority-'));
  readonly ca = join(this.folder, 'ca.pem');
  readonly #caKey = join(this.folder, 'ca.key');

  static async make(): Promise<Authority> {
    const made = new Authority();
    await openssl(
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-keyout', made.#caKey, '-out', made.ca, '-days', '30', '-subj', '/CN=Team authority'],
    );
    return made;
  }

  get pem(): string {
    return readFileSync(this.ca, 'utf8');
  }

  /**
   * Signs a certificate for these names (`DNS:`, `IP:`) and puts it and its key where the last ones
   * were, as what renews certificates does. Answers the files, and the certificate's serial number.
   */
  async issue(names: string) {
    const file = (name: string) => join(this.folder, name);
    const [cert, key] = [file('server.pem'), file('server.key')];
    const [newCert, newKey, request, extensions] = ['new.pem', 'new.key', 'new.csr', 'new.ext'].map(
      file,
    ) as [string, string, string, string];
    writeFileSync(extensions, `subjectAltName=${names}\n`);
    await openssl(
      ...['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-keyout', newKey, '-out', request, '-subj', '/CN=burnrate'],
    );
    await openssl(
      ...['x509', '-req', '-in', request, '-CA', this.ca, '-CAkey', this.#caKey],
      ...['-CAcreateserial', '-days', '10', '-extfile', extensions, '-out', newCert],
    );
    renameSync(newKey, key);
    renameSync(newCert, cert);
    const serial = (await openssl('x509', '-in', cert, '-noout', '-serial')).trim().split('=')[1];
    return { cert, key, serial: serial ?? '' };
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function openssl(...args: string[]): Promise<string> {
  const { stdout } = await run('openssl', args);
  return stdout;
}
