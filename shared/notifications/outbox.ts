import type { ChannelSettings } from '../config/notify.ts';
import { oneLine } from '../model/text.ts';
import { HttpClient } from '../sources/http.ts';
import { type Address, readAddress } from './address.ts';
import { Channel, type ChannelOptions } from './channel.ts';

/** What every face says of a channel that does not work. */
export interface ChannelNotice {
  severity: 'warning';
  message: string;
}

export interface OutboxOptions
  extends Pick<ChannelOptions, 'clock' | 'alerts' | 'told' | 'firstRetryMs'> {
  env: Readonly<Record<string, string | undefined>>;
  /** The log, for what is wrong with a channel. */
  warn: (message: string) => void;
  onNotices: (notices: readonly ChannelNotice[]) => void;
}

/** All the channels that alerts are sent to. Their secrets are read from the environment alone. */
export class Outbox {
  readonly #options: OutboxOptions;
  /** A connection each: one that is used again may fail after the message arrived. */
  readonly #http = new HttpClient({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY });
  readonly #troubles = new Map<string, string>();
  #settings = '[]';
  #channels: Channel[] = [];
  #closed = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** These channels are in force from now on. */
  configure(settings: readonly ChannelSettings[]): void {
    const text = JSON.stringify(settings);
    if (text === this.#settings) return;
    this.#settings = text;
    const former = this.#channels;
    this.#channels = [];
    // What is under way is let finish first: else it would be sent twice.
    void Promise.all(former.map((channel) => channel.close())).then(() => {
      if (this.#closed || this.#settings !== text) return;
      this.#troubles.clear();
      this.#channels = settings.flatMap((one) => this.#open(one) ?? []);
      this.#tell();
      this.review();
    });
  }

  review(): void {
    for (const channel of this.#channels) channel.review();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#channels.map((channel) => channel.close()));
    this.#http.close();
  }

  #open(settings: ChannelSettings): Channel | undefined {
    const { env, clock, alerts, told, firstRetryMs } = this.#options;
    const address = addressOf(settings, env);
    if (typeof address === 'string') {
      this.#trouble(settings, address);
      return undefined;
    }
    const channel: Channel = new Channel({
      ...{ settings, address, http: this.#http, clock, alerts, told },
      ...(firstRetryMs !== undefined && { firstRetryMs }),
      onState: (failure) => {
        // One that is no longer in force has nothing to say.
        if (!this.#channels.includes(channel)) return;
        const next = failure?.refused ? `check ${placeOf(settings)}` : 'it is tried again';
        this.#trouble(settings, failure && `${failure.message}; ${next}`);
        this.#tell();
      },
    });
    return channel;
  }

  #trouble({ name }: ChannelSettings, what: string | undefined): void {
    const message = `notify ${oneLine(name)}: ${what}`;
    if (what === undefined) this.#troubles.delete(name);
    else if (this.#troubles.get(name) !== message) {
      this.#troubles.set(name, message);
      this.#options.warn(message);
    }
  }

  #tell(): void {
    this.#options.onNotices(
      [...this.#troubles.values()].map((message) => ({ severity: 'warning', message })),
    );
  }
}

/** Where a channel sends, or what is wrong with that. */
function addressOf(settings: ChannelSettings, env: OutboxOptions['env']): Address | string {
  const { kind, urlVariable, url, headers } = settings;
  const missing = [urlVariable ?? [], Object.values(headers)]
    .flat()
    .find((variable) => !env[variable]?.trim());
  if (missing !== undefined)
    return `${missing} is not set; set it where Burnrate is started, and start that anew`;
  const text = urlVariable === undefined ? url : env[urlVariable];
  const address = readAddress(text ?? '', kind);
  if (!address) return `what ${placeOf(settings)} holds is no address of this kind; correct it`;
  const own = Object.entries(headers).map(([name, variable]) => [
    name.toLowerCase(),
    env[variable]?.trim() ?? '',
  ]);
  return { ...address, headers: { ...address.headers, ...Object.fromEntries(own) } };
}

function placeOf({ urlVariable }: ChannelSettings): string {
  return urlVariable ?? 'its url in burnrate.yaml';
}
