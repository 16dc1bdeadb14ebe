import { isIP } from 'node:net';

/**
 * How far a machine's name can be trusted to mean one machine only: a provider's id always does,
 * a DNS name and an address nearly always, a short host name only where no other machine has it.
 */
export const STRENGTHS = ['provider', 'dns', 'address', 'short'] as const;
export type Strength = (typeof STRENGTHS)[number];

export interface Name {
  text: string;
  strength: Strength;
}

const PROVIDER_ID =
  /^(i-[0-9a-f]{8,17}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,}|\d{15,})$/;

/** Names that every machine gives itself, and the bridge that every Docker host has. */
const EVERYONES =
  /^(localhost|localhost\..*|ip6-localhost|ip6-loopback|127\..*|0\.0\.0\.0|169\.254\..*|172\.17\.0\.1|::1?|fe80:.*|::ffff:127\..*)$/;

/**
 * What a reference says, strongest first: itself, the instance id at the end of a Kubernetes
 * providerID (`aws:///us-east-1a/i-0abc...`), and the host part of a DNS name. Empty for names
 * that mean another machine to everyone who says them.
 */
export function namesIn(reference: string): Name[] {
  const text = reference.trim().toLowerCase().replace(/\.$/, '');
  if (text === '' || EVERYONES.test(text)) return [];
  if (isIP(text)) return [{ text, strength: 'address' }];
  if (text.includes('/')) {
    const last = text.slice(text.lastIndexOf('/') + 1);
    const names: Name[] = [{ text, strength: 'provider' }];
    if (PROVIDER_ID.test(last)) names.push({ text: last, strength: 'provider' });
    return names;
  }
  if (PROVIDER_ID.test(text)) return [{ text, strength: 'provider' }];
  const dot = text.indexOf('.');
  if (dot < 0) return [{ text, strength: 'short' }];
  const short: Name = { text: text.slice(0, dot), strength: 'short' };
  if (text.endsWith('.localdomain')) return [short];
  return [{ text, strength: 'dns' }, short];
}
