// What somebody changed by hand, in English; the other language has the same shape.
import type { Part } from '../../bindings/contract';

export const drift = {
  drift_title: (target: string) => `Changed by hand: ${target}`,
  drift_body: (revision: number, version: string) => `r${revision}, ${version}, is what was deployed. This is what runs in its place.`,
  drift_gone: 'It runs as it was deployed.',
  drift_what: 'What', drift_recorded: 'Deployed', drift_becomes: 'became', drift_found: 'Runs', drift_hand: 'By, at',
  drift_ways: 'What is to be done',
  drift_revert: (revision: number) => `Put r${revision} back`, drift_revert_body: 'What was changed by hand goes; what was deployed serves again.', drift_revert_go: 'Put it back', drift_puts_back: (revision: number) => `The differences above go: image, variables, secrets and settings are those of r${revision} again.`,
  drift_adopt: 'Keep it as a revision', drift_adopt_body: 'What runs becomes part of the history, and can be gone back to. Nothing is started anew.', drift_adopt_go: 'Keep it',
  drift_keychain: 'Values that look like secrets go into the keychain',
  drift_parts: { instance: 'instance', artifact: 'artifact', config: 'variable', secret: 'secret', setting: 'setting', router: 'router' } as Record<Part, string>,
  drift_look: 'Drift…', key_drift: 'What was changed by hand', palette_drift_of: (target: string) => `Changed by hand: ${target}`,
};
