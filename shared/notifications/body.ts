import {
  digestOf,
  endWordsOf,
  stakeOf,
  type Words,
  wastedBy,
  wordsOf,
  worstFirst,
} from '../alerts/words.ts';
import type { Alert } from '../model/alert.ts';
import { toDollars } from '../model/money.ts';
import type { Instant } from '../model/time.ts';
import type { Address } from './address.ts';
import type { Message } from './plan.ts';

/** A webhook gets so many alerts of a digest, the worst first, and the number of all. */
const MAX_ALERTS = 50;
/** Message flags of Discord: no previews of links. */
const SUPPRESS_EMBEDS = 4;

const PRIORITIES = { info: 2, warning: 4, critical: 5 } as const;

/** The JSON that an address takes for this message. */
export function bodyFor({ kind, topic }: Address, message: Message, now: Instant): unknown {
  const words = wordsFor(message);
  const [worst] = worstFirst(message.alerts);
  const severity = worst?.severity ?? 'info';
  switch (kind) {
    case 'slack':
      return slackBody(words);
    case 'discord':
      return discordBody(words);
    case 'ntfy': {
      const priority = message.event === 'firing' ? PRIORITIES[severity] : PRIORITIES.info;
      return { topic, title: words.title, message: words.body, priority };
    }
    case 'webhook':
      return webhookBody(message, words, now);
  }
}

function wordsFor({ event, digest, silenced, alerts }: Message): Words {
  const [alert] = alerts;
  if (digest || !alert) return digestOf(alerts, silenced ? 'silenced' : event);
  return event === 'firing' ? wordsOf(alert) : endWordsOf(alert);
}

/**
 * Plain text: Slack reads `<...>` as mentions and links even where its other markup is off
 * (https://docs.slack.dev/messaging/formatting-message-text).
 */
function slackBody({ title, body }: Words): unknown {
  const text = `${title}\n${body}`
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
  return {
    text,
    mrkdwn: false,
    parse: 'none',
    link_names: false,
    unfurl_links: false,
    unfurl_media: false,
  };
}

function discordBody({ title, body }: Words): unknown {
  return {
    content: `**${inMarkdown(title)}**\n${inMarkdown(body)}`,
    allowed_mentions: { parse: [] },
    flags: SUPPRESS_EMBEDS,
  };
}

/** Text in which nothing is markup, a mention or a link. */
function inMarkdown(text: string): string {
  return text.replace(/[\\*_~`|<>#[\]()@:-]/g, '\\$&');
}

function webhookBody({ event, digest, alerts }: Message, words: Words, now: Instant): unknown {
  const sorted = worstFirst(alerts);
  return {
    version: 1,
    event,
    digest,
    severity: sorted[0]?.severity,
    title: words.title,
    text: words.body,
    at: iso(now),
    count: alerts.length,
    dollarsPerHour: toDollars(stakeOf(alerts)),
    dollarsWasted: toDollars(wastedBy(alerts)),
    alerts: sorted.slice(0, MAX_ALERTS).map(alertBody),
  };
}

function alertBody(alert: Alert): unknown {
  const { id, rule, subject, subjectKind, state, severity, title, detail, evidence } = alert;
  const { since, firedAt, resolvedAt, stops } = alert;
  return {
    ...{ id, rule, subject, subjectKind, state, severity, title, detail, evidence },
    dollarsPerHour: toDollars(alert.microsPerHour),
    dollarsWasted: toDollars(alert.microsWasted),
    since: iso(since),
    ...(firedAt !== undefined && { firedAt: iso(firedAt) }),
    ...(resolvedAt !== undefined && { resolvedAt: iso(resolvedAt) }),
    ...(stops && { stops: { jobIds: stops.jobIds, at: iso(stops.at) } }),
  };
}

function iso(at: Instant): string {
  return new Date(at).toISOString();
}
