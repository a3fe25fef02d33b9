// Where the window is, kept in the hash. No library: five shapes of address.

export type Route =
  | { name: 'board' }
  | { name: 'releases' }
  | { name: 'calendar'; /** The first one that is protected when left out. */ environment: string | null }
  | { name: 'checklist'; service: string; environment: string; version: string }
  | { name: 'migrations'; /** The first one when left out. */ target: string | null }
  | { name: 'audit'; /** Looked for from the start. */ search: string; /** Shown from there on. */ at: number | null }
  | { name: 'train'; /** Its id or its short name. */ id: string }
  | { name: 'settings' }
  | { name: 'history'; service: string; environment: string; /** Preselected as what to go back to. */ goal: number | null }
  | { name: 'deployment'; id: string };

export function parse(hash: string): Route {
  const parts = hash.replace(/^#?\/?/, '').split('/').map(decodeURIComponent);
  const [name, first, second, third] = parts;
  if (name === 'history' && first && second) return { name, service: first, environment: second, goal: Number(/^r(\d+)$/.exec(third ?? '')?.[1] ?? 0) || null };
  if ((name === 'deployment' || name === 'train') && first) return { name, id: first };
  if (name === 'audit') return { name, search: first ?? '', at: Number(second ?? 0) || null };
  if (name === 'calendar') return { name, environment: first ?? null };
  if (name === 'checklist' && first && second && third) return { name, service: first, environment: second, version: third };
  if (name === 'migrations') return { name, target: first && second ? `${first}/${second}` : null };
  if (name === 'releases' || name === 'settings') return { name };
  return { name: 'board' };
}

export const to = {
  board: '#/board',
  releases: '#/releases',
  audit: '#/audit',
  calendar: (environment: string | null = null) => '#/calendar' + (environment === null ? '' : '/' + encodeURIComponent(environment)),
  checklist: (target: string, version: string) => '#/checklist/' + [...target.split('/'), version].map(encodeURIComponent).join('/'),
  migrations: (target: string | null = null) => '#/migrations' + (target === null ? '' : '/' + target.split('/').map(encodeURIComponent).join('/')),
  settings: '#/settings',
  history: (target: string, goal: number | null = null) => '#/history/' + target.split('/').map(encodeURIComponent).join('/') + (goal === null ? '' : `/r${goal}`),
  auditOf: (word: string) => '#/audit/' + encodeURIComponent(word),
  auditAt: (seq: number) => `#/audit//${seq}`,
  train: (id: string) => '#/train/' + encodeURIComponent(id),
  deployment: (id: string) => '#/deployment/' + encodeURIComponent(id),
};

class Router {
  route = $state<Route>(parse(location.hash));

  constructor() {
    addEventListener('hashchange', () => {
      this.route = parse(location.hash);
    });
  }

  go(address: string): void {
    location.hash = address;
  }
}

export const router = new Router();
