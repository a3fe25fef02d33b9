// What this window knows about its sitting: what is unlocked, the theme, which dialog is open. Nothing of the domain.
import { SvelteSet } from 'svelte/reactivity';

export type Theme = 'system' | 'light' | 'dark';
export type Overlay =
  | { kind: 'palette' } | { kind: 'keys' } | { kind: 'cluster' }
  | { kind: 'deploy'; target: string | null; /** Preselected. */ version?: string }
  | { kind: 'approvals'; target: string; version: string; /** What it is opened from, and goes back to. */ back: Overlay | null }
  | { kind: 'train'; environment: string | null }
  | { kind: 'drift' | 'logs'; target: string }
  | { kind: 'unlock'; environment: string };

const storedTheme = (): Theme => {
  const value = localStorage.getItem('theme');
  return value === 'light' || value === 'dark' ? value : 'system';
};

class Session {
  theme = $state<Theme>(storedTheme());
  overlay = $state<Overlay | null>(null);
  agentOn = $state<boolean | null>(null);
  readonly #unlocked = new SvelteSet<string>();

  constructor() {
    this.#mark();
  }

  isUnlocked(environment: string): boolean {
    return this.#unlocked.has(environment);
  }
  unlock(environment: string): void {
    this.#unlocked.add(environment);
  }
  lock(environment: string): void {
    this.#unlocked.delete(environment);
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    localStorage.setItem('theme', theme);
    this.#mark();
  }

  #mark(): void {
    if (this.theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = this.theme;
  }
}

export const session = new Session();
