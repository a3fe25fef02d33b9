// Whether a release is older than what runs. Pure.

/** `releases` are newest first, as the core lists them. */
export function isOlder(releases: readonly { version: string }[], version: string, runs: string | null): boolean {
  const at = (of: string | null) => releases.findIndex((release) => release.version === of);
  return at(runs) !== -1 && at(version) > at(runs);
}
