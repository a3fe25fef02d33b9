import { lang } from '../i18n/lang.svelte';
import { router, to } from './router.svelte';

interface Crumb { word: string; href?: string }

class Crumbs {
  /** Set by the deployment screen, which alone knows whose it is. */
  deployment = $state<{ target: string; revision: number } | null>(null);

  get list(): Crumb[] {
    const { route } = router;
    const { m } = lang;
    const board = { word: m.nav_board, href: to.board };
    if (route.name === 'history') return [board, { word: route.service, href: to.history(`${route.service}/${route.environment}`) }, { word: m.nav_history }];
    if (route.name === 'deployment') {
      const known = this.deployment;
      return known ? [board, { word: known.target.split('/')[0] ?? '', href: to.history(known.target) }, { word: m.nav_deployment(known.revision) }] : [board];
    }
    if (route.name === 'train') return [board, { word: m.nav_train }];
    if (route.name === 'checklist') return [board, { word: route.service, href: to.history(`${route.service}/${route.environment}`) }, { word: m.nav_checklist(route.version) }];
    return [{ word: { calendar: m.nav_calendar, migrations: m.nav_migrations, board: m.nav_board, releases: m.nav_releases, audit: m.nav_audit, settings: m.nav_settings }[route.name] }];
  }
}

export const crumbs = new Crumbs();
