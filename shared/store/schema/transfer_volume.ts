/** How many bytes bills say that went to the internet, of an account's day; NULL where none counts them. */
export const transferVolume = 'ALTER TABLE transfer ADD COLUMN internet INTEGER;';
