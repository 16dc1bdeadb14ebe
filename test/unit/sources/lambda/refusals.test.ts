import { tellsRefusals } from '../refusals.ts';
import { json } from '../service.ts';
import { inactive, instance, notFound, unauthorized, unavailable } from './cloud.ts';
import { openLambda } from './open.ts';

tellsRefusals('lambda', openLambda, {
  unauthorized,
  forbidden: inactive,
  notFound,
  tooMany: json({ error: { code: 'global/rate-limited', message: 'Too many requests.' } }, 429),
  failing: unavailable,
  changed: {
    reply: json({ data: [instance({ instance_type: { name: 'gpu_1x_a10', specs: {} } })] }),
    field: /data\.0\.instance_type\.price_cents_per_hour is not as documented/,
  },
});
