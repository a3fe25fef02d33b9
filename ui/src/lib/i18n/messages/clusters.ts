// Adding a workload of a cluster, in English; the other language has the same shape.
export const clusters = {
  add_cluster: 'Add from a cluster…', add_cluster_title: 'Add from a Kubernetes cluster', add_cluster_short: 'Add…', add_to_own: 'The demo stays as it is: what you add goes to your own home, which the window shows from then on.',
  kubeconfig: 'Kubeconfig, its whole path', kubeconfig_usual: 'the usual one', context: 'Context', context_current: (name: string) => `${name} (current)`, no_contexts: 'This kubeconfig has no contexts.',
  plugin_found: (command: string, at: string) => `Logs in by ${command}: ${at}`, plugin_missing: (command: string) => `Logs in by ${command}, which is not on the login shell’s PATH.`, logs_in_itself: (user: string) => `Logs in as ${user}`,
  namespace: 'Namespace', workload: 'Workload', no_workloads: 'No Deployment, StatefulSet or DaemonSet runs here.', not_listed: (kinds: string) => `This login may not list these here, so there may be some: ${kinds}`, is_ours: 'Switchback’s already', looked_after: (owner: string) => `looked after by ${owner}`,
  as_service: 'As service', as_environment: 'in environment', take_over: (owner: string) => `Take it over from ${owner}: it would put back what is changed here`, to_keychain: 'Move variables that look like secrets into the keychain',
  protect_it: (environment: string) => `Protect ${environment}: read-only until it is unlocked, and every move asks for its name`, not_protected: (environment: string) => `${environment} will not be protected: every move there starts without its name being typed. \`protected: true\` under its environment in the policy changes that.`,
  look: 'What would come', looking: 'Asking the cluster…', comes: (n: number) => (n === 1 ? 'One revision' : `${n} revisions`), comes_body: 'No pod is touched. The newest is what runs now; each of the others can be rolled back to.',
  past_revision: 'Revision', past_when: 'When', past_by: 'By', past_said: 'What was said', not_known: 'not known', left_out: 'Left out, as it cannot come back', from_elsewhere: (places: string) => `Variables from ${places} are as they are then, in every revision.`,
  pods: (n: number) => (n === 1 ? '1 pod' : `${n} pods`), pod: 'Pod', pod_state: 'State', pod_ready: 'Ready', pod_restarts: 'Restarts', pod_node: 'Node', pod_age: 'Made', pod_warnings: 'Warnings of the cluster',
  import_go: 'Import', importing: 'Importing…',
};
