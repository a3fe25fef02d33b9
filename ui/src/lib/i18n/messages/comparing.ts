// What differs between two environments before a release is promoted, in English; the other language has the same shape.
export const comparing = {
  compare_title: (environment: string, version: string) => `Compared with ${environment}, where ${version} runs`,
  compare_busy: (environment: string) => `Comparing with ${environment}…`,
  compare_same_artifact: (artifact: string) => `The same image as there: ${artifact}`, compare_other_artifact: (there: string, here: string) => `Another image than there: ${there} there, ${here} here`,
  compare_alike: 'Configuration, names of secrets and settings are alike.', compare_differs: (n: number) => (n === 1 ? '1 thing differs' : `${n} things differ`),
  compare_what: 'What', compare_will_be: (environment: string) => `${environment}, with this release`,
  compare_config: 'variable', compare_secret: 'secret', compare_setting: 'setting', compare_there: 'there', compare_by_name: 'Secrets are compared by name.',
  compare_drift: (environment: string) => `${environment} was changed by hand. What was proven there is not quite what is promoted:`,
  compare_unwell: (environment: string, health: string) => `${environment}: ${health}. What is promoted is not proven there as it stands now.`,
};
