export { t, translateWith } from '@burnrate/shared/faces/l10n.ts';
