import type { Discovery, Surroundings } from '../source.ts';
import { DEFAULT_REGION, type Options } from './account.ts';
import { endpointFor } from './endpoint.ts';
import { type Profile, readProfiles } from './profiles.ts';
import type { Settings } from './settings.ts';

/** Somewhere credentials may be; becomes an account unless it is another one by a second name. */
type Place = Omit<Profile, 'region'> & { options: Options };

/** How long AWS has to say whose keys these are, when several must be told apart. */
const WHOSE_MS = 5000;

/**
 * Finds accounts where the SDK's default chain would: the environment, the shared files, and the
 * role of a container or instance where a variable hints at one.
 *
 * Each AWS account is shown once, by the first place that opens it (AWS_PROFILE, the environment,
 * `default`, the others): seen twice, its instances would be counted twice. Most places name their
 * account; only where two do not is AWS asked, once each. An instance's metadata service is never
 * probed on a guess: off AWS that only waits for a time-out.
 */
export async function discover(surroundings: Surroundings, settings: Settings): Promise<Discovery> {
  const { env } = surroundings;
  const looked: string[] = [];
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION;
  const profiles = await readProfiles(surroundings, looked);
  const wanted = settings.profiles;
  const named = env.AWS_PROFILE;
  for (const name of new Set([...(wanted ?? []), ...(named ? [named] : [])])) {
    if (profiles.some((profile) => profile.name === name)) continue;
    looked.push(`profile ${name}: named, but it has no credentials in these files`);
  }
  const rank = (name: string) => (name === named ? 0 : name === 'default' ? 2 : 3);
  const places: Place[] = profiles
    .filter(({ name }) => !wanted || wanted.includes(name))
    .sort((a, b) => rank(a.name) - rank(b.name))
    .map((profile) => profilePlace(profile, region));
  if (!wanted)
    places.splice(places[0]?.name === named ? 1 : 0, 0, ...elsewhere(env, region, looked));
  else looked.push('environment: left out, since burnrate.yaml names the profiles to use');

  await tellApart(places, surroundings, looked);
  const kept = new Map<string, Place>();
  for (const place of places) {
    const key = place.accountNumber ?? place.identity;
    const same = kept.get(key);
    if (!same) kept.set(key, place);
    else
      looked.push(
        `${place.foundIn}: the same AWS account as ${same.foundIn}, which is used; to use this one, name it under sources.aws.profiles in burnrate.yaml`,
      );
  }
  const taken = new Set(profiles.map(({ name }) => name));
  const nameOf = ({ name, options }: Place) =>
    options.origin !== 'profile' && taken.has(name) ? `${name}-itself` : name;
  const accounts = [...kept.values()].map((place) => ({
    id: `aws:${nameOf(place)}`,
    source: 'aws',
    name: nameOf(place),
    foundIn: place.foundIn,
    options: {
      ...place.options,
      ...(place.accountNumber && { accountNumber: place.accountNumber }),
    },
  }));
  return { accounts, looked };
}

/** A profile's own region counts for more than the environment's: it lies closer to the keys. */
function profilePlace({ region: own, ...profile }: Profile, fallback: string | undefined): Place {
  const region = own ?? fallback;
  return {
    ...profile,
    options: {
      origin: 'profile',
      profile: profile.name,
      ...(region && { region }),
      ...(profile.sso && { sso: true }),
    },
  };
}

/** Credentials outside the shared files. */
function elsewhere(
  env: Surroundings['env'],
  region: string | undefined,
  looked: string[],
): Place[] {
  const at = region ? { region } : {};
  const none = { sso: false, accountNumber: undefined, keys: undefined };
  const places: Place[] = [];
  const accessKeyId = env.AWS_ACCESS_KEY_ID;
  const secretAccessKey = env.AWS_SECRET_ACCESS_KEY;
  if (accessKeyId && secretAccessKey) {
    const sessionToken = env.AWS_SESSION_TOKEN;
    places.push({
      ...none,
      name: 'environment',
      foundIn: 'AWS_ACCESS_KEY_ID in the environment',
      identity: `key ${accessKeyId}`,
      keys: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
      options: { origin: 'environment', ...at },
    });
  } else looked.push('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: not set');

  const hint = [
    'AWS_WEB_IDENTITY_TOKEN_FILE',
    'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
    'AWS_CONTAINER_CREDENTIALS_FULL_URI',
    'AWS_EC2_METADATA_SERVICE_ENDPOINT',
  ].find((variable) => env[variable]);
  if (hint)
    places.push({
      ...none,
      name: 'role',
      foundIn: `role of this machine or container, by ${hint}`,
      identity: 'role of this machine',
      options: { origin: 'role', ...at },
    });
  else
    looked.push(
      'role of a container or instance: no variable hints at one (on an EC2 instance, set AWS_EC2_METADATA_SERVICE_ENDPOINT=http://169.254.169.254 to use its role)',
    );
  return places;
}

/** Asks AWS whose the keys are that do not say so themselves, where there is a choice. */
async function tellApart(
  places: Place[],
  surroundings: Surroundings,
  looked: string[],
): Promise<void> {
  if (new Set(places.map(({ identity }) => identity)).size < 2) return;
  const silent = places.filter(({ accountNumber, keys }) => !accountNumber && keys);
  if (silent.length === 0) return;
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  const endpoint = endpointFor('STS', surroundings.env);
  await Promise.all(
    silent.map(async (place) => {
      if (!place.keys) return;
      const client = new STSClient({
        region: place.options.region ?? DEFAULT_REGION,
        credentials: place.keys,
        maxAttempts: 1,
        ...(endpoint && { endpoint }),
      });
      try {
        const abortSignal = AbortSignal.timeout(WHOSE_MS);
        const answer = await client.send(new GetCallerIdentityCommand({}), { abortSignal });
        place.accountNumber = answer.Account;
      } catch (error) {
        looked.push(
          `${place.foundIn}: AWS did not say which account it is (${(error as Error).name}); until it does, an account reached in two ways is shown twice`,
        );
      } finally {
        client.destroy();
      }
    }),
  );
}
