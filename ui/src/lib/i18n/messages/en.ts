// English, and the shape every other language must have: a missing key does not compile.
import { train } from './en.train';
import { clusters } from './clusters';
import { drift } from './drift';
import { words } from './en.words';

const s = (n: number, one: string, many: string) => (n === 1 ? `1 ${one}` : `${n} ${many}`);

export const en = {
  ...words,
  ...train,
  ...clusters,
  ...drift,
  app: 'Switchback',
  // shell
  nav_main: 'Main', nav_board: 'Board', nav_releases: 'Releases', nav_audit: 'Audit', nav_calendar: 'Calendar', nav_migrations: 'Migrations', nav_checklist: (v: string) => `Checklist ${v}`, nav_settings: 'Settings', nav_history: 'History',
  nav_deployment: (rev: number) => `Deployment r${rev}`,
  search_or_run: 'Search or run a command', agent_on: 'Agent on', agent_off: 'Agent off',
  close: 'Close', cancel: 'Cancel', back_to_board: 'Back to the board', retry: 'Try again', loading: 'Loading…',
  browser_host: 'Sample data: this window runs without the app',
  palette_title: 'Command palette', palette_none: 'Nothing matches', palette_go: 'Go to', palette_history_of: (t: string) => `History of ${t}`,
  palette_deploy_to: (t: string) => `Deploy to ${t}`, palette_theme_light: 'Use the light theme', palette_theme_dark: 'Use the dark theme',
  palette_english: 'Use English', palette_chinese: 'Use Chinese', palette_keys: 'Show the keys',
  keys_title: 'Keys', keys_everywhere: 'Everywhere', keys_board: 'Board', keys_history: 'History', keys_deployment: 'Deployment', keys_audit: 'Audit',
  key_palette: 'Command palette', key_go: 'Go to board, releases, calendar, migrations, audit, settings', key_escape: 'Close the panel', key_f6: 'Between list and panel', key_help: 'This help',
  key_cell: 'Move the cell', key_open_history: 'Open its history', key_rollback: 'Roll back', key_deploy: 'Deploy', key_unlock: 'Unlock production',
  key_revision: 'Previous or next revision', key_turn: 'Previous or next turn', key_current: 'What runs now', key_panel: 'To the panel', key_track: 'Track or table',
  key_abort: 'Abort', key_log: 'To the log', key_search: 'Search', key_entries: 'Previous or next entry', key_drawer: 'Open the entry',
  // migrations
  way_up: 'Up', way_down: 'Down', no_script: 'There is no such script', findings_n: (n: number) => s(n, 'finding', 'findings'), accept_open: 'Accept…', accept_title: (rule: string) => `Accept: ${rule}`, accept_reason: 'Why it may stay, for whoever reads the file', accept_until: 'Until and with', accept_look: 'Show the line', accept_write: 'Write it into the file', accept_shown: (path: string, line: number) => `${path}, line ${line}`, accept_commit: 'Nothing is written yet. The line goes into the file on this machine; commit it with the others.', lint_clean: 'Clean', mig_unread: 'Not read', mig_unread_body: 'Commands of the team’s own tool run these: what they do is not read, so there is no lint of it. The proof shows what they did to a scratch database.', pairs_n: (n: number) => s(n, 'pair', 'pairs'),
  mig_no: 'No.', mig_name: 'Migration', mig_pair: 'Pair', mig_lint: 'Lint', mig_proof: 'Proof: up, down, up', mig_applied: 'Applied in', half_applied: 'Half applied', mig_edited: 'Edited after it was applied',
  pair_missing: 'Down missing', pair_whole: 'Up and down', pair_loses: 'Down loses data', pair_broken: 'Down does not undo', proven_ago: (ago: string) => `Proven ${ago}`, proof_fails: 'Does not hold', proof_stale: 'Proof out of date', proof_none: 'Not proven',
  proof_stale_body: 'There is a proof of other scripts than these: a file was changed since.', proof_strayed_body: 'The schema is not the one it was proven from: it was changed otherwise since. Prove it again.', proof_none_body: 'Nobody ran this pair up, down and up again on a scratch database yet.',
  prove_n: (n: number) => `Prove ${s(n, 'pair', 'pairs')}`, proving_n: (done: number, all: number) => `${done} of ${all} proven`, schema_versions: 'Schema version per environment', schema_empty: 'nothing applied', pending_n: (n: number) => `${n} pending`, more_n: (n: number) => `${n} more`, not_applied: 'not applied', up_to_date: 'up to date',
  ahead_of: (versions: string) => `The database has ${versions}, which these files do not.`,
  way_downs: (n: number) => `Behind ${s(n, 'down', 'downs')}`, way_loses: (n: number) => `Loses data, ${s(n, 'down', 'downs')}`, downs_proven: (ago: string) => `proven ${ago}`, downs_not_proven: 'not all of them are proven', downs_strayed: 'proven on another schema than is there',
  lose_data: 'These rows may go', lose_data_body: 'The downs take them with them, and nothing brings them back.',
  drill: 'Drill', rehearse: 'Rehearse', drill_none: 'not rehearsed yet', drill_runs: 'runs in a place apart…', drill_interrupted: 'was interrupted', drill_failed: (r: number) => `r${r} did not come up`,
  drill_back: (took: string, goal: string) => `back in ${took}, goal ${goal}`, drill_body: 'What runs and this revision are deployed to a place apart with this environment’s configuration and secrets; nobody is served there.', unlock_first: 'Unlock the environment first.',
  urgent: 'Urgently', not_urgent: 'At the workload’s own pace', urgent_body: 'All pods of the old revision start at once, as far as quota and nodes have room; the workload’s own rule comes back afterwards.',
  // board
  chip_all: (n: number) => `All ${n}`, chip_deploying: (n: number) => `${n} deploying`, chip_unhealthy: (n: number) => `${n} unhealthy`,
  chip_drifted: (n: number) => `${n} drifted`, chip_quarantined: (n: number) => `${n} quarantined`, chip_paused: (n: number) => `${n} paused`,
  chip_not_ready: (n: number) => `${n} not fully ready to roll back`, filters: 'Filters', none_match: 'No target matches these filters.',
  checked: (ago: string) => `Checked ${ago}`, deploy: 'Deploy…', deploy_short: 'Deploy', unlock: 'Unlock…', lock_again: 'Lock', watch: 'Watch', history: 'History', roll_back: 'Roll back…',
  production: 'PRODUCTION', readonly_until: 'Read-only until you unlock it', unlocked_now: 'Unlocked for this session', board_grid: 'Services by environment',
  unlock_title: (env: string) => `Unlock ${env}`, unlock_body: 'Until you close the window, deployments and rollbacks can be started here. Each one still asks for its own confirmation.', unlock_go: 'Unlock',
  type_to_confirm: (name: string) => `Type ${name} to confirm`, name_to_confirm: 'Name, to confirm',
  by: (who: string) => `by ${who}`, instances: (n: number) => s(n, 'instance', 'instances'), never_deployed: 'Nothing deployed yet', never_deployed_hint: 'Press D to deploy a first release here.',
  health_healthy: 'Healthy', health_unhealthy: 'Unhealthy', health_nodata: 'No data', health_idle: 'Idle', health_absent: 'Not running',
  ready: 'ready', ready_lead: 'Rollback', ready_to: (rev: number) => `to r${rev}`, ready_about: (d: string) => `, about ${d}`, ready_partly: 'partly ready', ready_not: 'not ready', ready_none: 'Nothing to roll back to yet',
  paused: 'Paused', drift_n: (n: number) => `Drift: ${s(n, 'difference', 'differences')}`, quarantined_v: (v: string) => `Quarantined: ${v}`, step_of: (a: number, b: number) => `Step ${a} of ${b}`,
  old_still_runs: 'Until it is proven, the old version is the way back', started_ago: (ago: string) => `started ${ago}`,
  track_label: (n: number, back: number, failed: number) => `Last ${n} deployments: ${back} rolled back, ${failed} failed`,
  demo_title: 'This is the living demo.', demo_body: 'Deploy, break and roll back as you like; nothing of yours is touched. Bring your own with', demo_command: 'switchback apply -f switchback.yaml',
  empty_title: 'Nothing to release yet', empty_body: 'Switchback shows every service in every environment: what runs, whether it is well, and the way back. Describe yours in one file and apply it, or look around in a demo first.',
  empty_demo: 'Load the demo', empty_own: 'Or bring your own:', empty_loading: 'Starting the demo…',
  // deploy dialog
  deploy_title: 'Deploy', choose_target: 'Target', choose_version: 'Release', choose_one: 'Choose…', none_newer: 'No release is newer than what runs. Choose one to deploy it all the same; to go back, use the history.', version_quarantined: (v: string) => `${v} (quarantined)`, no_releases: 'This service has no releases yet.',
  planning: 'Working out what would change…', plan_changes: 'What changes', plan_nothing: 'Nothing but the image changes.', plan_steps: 'Steps', plan_checks: 'Checks', plan_warnings: 'Warnings',
  image: 'Image', config: (n: number, of: number) => `Config, ${n} of ${s(of, 'key', 'keys')}`, secrets: (n: number, of: number) => `Secrets, ${n} of ${of}`, settings_changed: (n: number) => `Settings, ${n}`, absent: 'absent', pod_template: 'pod template', template_own: 'the workload’s own', template_imported: (from: string) => `as imported from ${from}`, undo_is: (u: string) => `undo: ${u}`,
  reason: 'Why, for the audit', start_deploy: 'Start the deployment', off_reason: 'reason missing', off_name: 'name not complete', off_checks: 'a check fails', off_gates: 'a gate holds it', off_glass: 'reason of the override missing', off_hour: 'time missing', off_locked: 'production is locked', off: (list: string) => `Off: ${list}.`, on_ready: 'Ready. Nothing has changed yet.',
  nothing_before: 'nothing', runs_now: 'Runs now', runs_now_r: (rev: number | null) => (rev === null ? 'Runs now' : `Runs now, r${rev}`), will_run: (rev: number) => `Will run, r${rev}`, undoes: 'Undoes', releases_n: (n: number) => s(n, 'release', 'releases'),
  estimated: 'Estimated', runs_n: (n: number) => s(n, 'run', 'runs'), no_past_runs: 'no past runs to go by', past_runs: (n: number, a: string, b: string) => `${n} past runs took ${a} to ${b}`,
  // gates
  let_go: 'Apply, and let go of them', notify_test: 'Send a test message', notify_sent: 'A test message is on its way to every channel.', notify_never: 'nothing sent yet', gates: 'Gates', gates_held: 'Cannot deploy now', gates_passed: 'Passed by an override', gate_opens: (at: string) => `Opens ${at}`,
  gates_free: 'Nothing holds it back', gates_free_body: 'Every gate is open. Each is asked once more when the deployment starts.', ask_again: 'Ask again', deploy_version: (v: string) => `Deploy ${v}…`, to_checklist: 'Open the checklist', to_calendar: 'Open the calendar',
  phase_before: 'Before', phase_during: 'During', phase_after: 'After', items_done: (n: number, of: number) => `${n} of ${of}`, item_done: 'Done', item_open: 'Open', item_not_yet: 'Not yet', by_itself: 'by itself', looked_at: (at: string) => `by itself, ${at}`, look_again: (what: string) => `Look again: ${what}`, advisory: 'advice', template: (name: string, v: string) => `template ${name}, ${v}`,
  untick_title: (t: string) => `Take back: ${t}`, untick_body: 'The tick stays in the audit, with who took it back and why.', untick_go: 'Take back',
  week_of: (a: string, b: string) => `${a} to ${b}`, week_before: 'The week before', week_after: 'The week after', today: 'Today', environment: 'Environment', until_word: 'to', open_now: 'Open',
  freeze_add: 'Freeze…', freeze_title: (env: string) => `Freeze ${env}`, freeze_from: 'From (local time; now when empty)', freeze_to: 'To (local time)', freeze_go: 'Freeze', freezes: 'Freezes', thaw: 'Remove…', thaw_title: 'Remove the freeze', thaw_go: 'Remove',
  why_closed: 'Why can\'t I deploy now?', why_open: 'Open now', when_next: 'When can I next?', when_closes: 'Closes', not_within_a_year: 'Not within a year', because_freeze: 'Freeze.', because_holiday: 'Holiday.', because_always: 'No rule denies it.', because_denied: 'Denied.', because_allowed: 'Allowed.', because_outside: 'Outside the window.', rules_here: 'Rules here', rules_body: 'A window\'s end never cuts a running deployment. Rollbacks are allowed at any hour.',
  later_choose: 'Start when it opens…', later_body: (at: string) => `Begins by itself when it opens, ${at}, once every other gate is open too.`, later_open: 'Begins by itself as soon as every gate is open.', later_go: 'Have it begin by itself', later_title: 'Begins by itself', later_when: (zone: string) => `When (${zone})`, later_soon: 'As soon as every gate is open', later_opens: (at: string) => `When it opens${at ? `, ${at}` : ''}`, later_span: (from: string, to: string | null) => (to ? `${from}, open until ${to}` : from), later_own: 'At a time of my own…', later_local: (zone: string) => `Local time in ${zone}`, later_never: (zone: string) => `The clocks of ${zone} never show that time.`, later_missing: 'Choose a time.', later_at: (at: string) => `Begins by itself at ${at}, if every gate is open then.`, later_other: 'Start later…', later_ended: 'Earlier ones', later_started: 'Begun', later_cancelled: 'Cancelled', later_lapsed: 'Did not begin', scheduled: 'Begins by itself', scheduled_v: (v: string) => `${v} scheduled`, not_before: (at: string) => `not before ${at}`, unschedule: 'Cancel…', unschedule_title: (t: string, v: string) => `Cancel: ${t} ${v}`, unschedule_go: 'Take it back',
  to_approvals: 'Approvals…', approvals_title: (t: string, v: string) => `Approvals: ${t} ${v}`, approvals_need: (n: number, of: string) => `${n} of ${of}, never who starts it. Bound to this plan:`, yes_counts: 'Counts', yes_void: 'Does not count', yes_own: 'Counts for others', yes_until: (at: string) => `until ${at}`, yes_note: 'What you looked at', approve: 'Approve', other_desk: 'On another desk', request_make: 'Make a request', request_body: 'Carry this to the other desk; it holds all that would be done, and no secret', answer_body: 'Paste the signed approval that comes back', answer_take: 'Verify and take in', save_file: 'Save as a file', from_file: 'Or from a file',
  sign_title: 'Approve for another desk', sign_body: 'This desk signs with the key below. The other desk believes it once its policy names the key under “people”.', no_key: 'No keychain, no key', request_paste: 'Paste the request', request_look: 'Look at it', asks_for: (who: string, what: string) => `${who} asks for a yes to ${what}`, sign_go: 'Sign a yes to exactly this', signed_body: 'Carry this back', release_pause: 'Release the target…', release_quarantine: 'Clear the quarantine…', release_lock: 'Stop it…', release_lock_body: 'The deployment that has the target is stopped and what it did is undone; then the target is free. One that has already gone over to the new release is finished.', release_lock_go: 'Stop and undo',
  follow_up: 'Follow up…', follow_up_title: (what: string) => `Follow up: ${what}`, follow_up_go: 'Followed up', overrides: 'Overrides', policy_glass_body: 'Changes the policy without the approvals that it asks for. Everybody is told, and it stays red until followed up.', policy_glass_go: 'Change it all the same', followed_up: 'Followed up', to_do: (task: string) => `To do: ${task}`, let_through: (n: number) => `Let through: ${s(n, 'line', 'lines')}`,
  glass_open: 'Break glass…', glass_title: 'Break glass', glass_body: 'Deploys in spite of the gates. Red everywhere until followed up, and audited.', glass_reason: 'What breaks if this waits?', glass_risk: 'What may go wrong', glass_task: 'What is to be done afterwards', glass_until: 'Holds for', glass_once: 'this deployment', glass_half_hour: '30 minutes', glass_two_hours: '2 hours',
  // history
  history_of: (t: string) => `History of ${t}`, counts: (n: string, back: number, failed: number) => `${n} deployments, ${back} rolled back, ${failed} failed`, track: 'Track', table: 'Table', show: 'Show',
  head_when: 'When', head_deployment: 'Deployment', head_back: 'If rolled back to', head_revision: 'Revision', head_who: 'Who', head_took: 'Took', head_outcome: 'Outcome',
  legend_live: 'in effect', legend_undone: 'undone', legend_failed: 'failed', legend_preview: 'preview', revisions: 'Revisions, newest first', track_of: (t: string) => `Revision history of ${t}`,
  would_run: 'would run here', in_about: (d: string) => `in about ${d}`, preview: 'Preview', you_are_here: 'You are here', took: (who: string, d: string) => `${who}, took ${d}`,
  rolled_back_from: (rev: number) => `Rolled back from r${rev}`, undone_in: (d: string) => `undone by itself in ${d}`, undone_itself: 'undone by itself',
  tunnel_n: (n: number) => s(n, 'deployment', 'deployments'), tunnel_text: (n: number) => `tunnel, ${n} passed`, tunnel_range: (a: number, b: number) => `r${a} to r${b}`, open_tunnel: 'Open the tunnel',
  way_runsNow: 'Runs now', way_safe: 'Safe', way_neverRan: 'Never ran', way_quarantined: 'Quarantined', way_asBelow: (rev: number) => `As r${rev} below`, way_partly: 'Partly', way_impossible: 'Impossible', way_running: 'Deploying',
  roll_back_to: (rev: number) => `Roll back to r${rev}`, rollback_safe: 'Safe to roll back', rollback_safe_body: 'Image, config, secrets and settings come back together.', rollback_blocked: 'Cannot roll back to this', rollback_warned: 'Look before you press',
  pick_revision: 'Choose a revision', pick_revision_body: 'Select any revision to see, before anything changes, what rolling back to it would do.', rollback_preview: 'Preview of the rollback', current_body: 'This revision runs now. There is nothing to roll back to here.',
  loading_more: 'Loading older deployments…', history_empty: 'No deployments yet.', overview: (n: number) => `Overview of ${n} deployments by week`, open_deployment: 'Open the deployment',
  // deployment
  dep_by: (rev: number, who: string, at: string) => `r${rev}, by ${who}, ${at}`, whole: 'whole deployment', running_for: 'so far', abort: 'Abort…', abort_title: 'Abort this deployment?', abort_body: 'What was done so far is undone, step by step. The deployment counts as aborted.', abort_go: 'Abort and undo',
  release_target: 'Release the target…', release_title: 'Release the target', release_body: 'After an automatic rollback nothing else is deployed here until a person releases the target and says why.', release_go: 'Release', released: 'Target released',
  steps: 'Steps', skipped: 'skipped', waiting: 'waiting', target_paused: 'Target paused', undo_prefix: 'Undo:',
  v_planned: 'Planned, not started', v_running: 'Deploying', v_verifying: 'Verifying', v_rollingBack: 'Rolling back', v_succeeded: (v: string) => `${v} runs`, v_rolledBack: (v: string) => `Rolled back to ${v}`, v_rolledBack_first: 'Undone: there was nothing to roll back to', v_stuck: 'A person is needed', v_aborted: 'Aborted',
  v_untouched: (v: string) => `${v} was not deployed`, v_untouched_body: (v: string | null) => v === null ? 'Nothing was changed.' : `Nothing was changed; ${v} runs.`, go_on_undoing: 'Go on undoing', resume: 'Resume', interrupted: 'Interrupted', interrupted_body: 'Its process died. Resuming finishes or undoes it.',
  v_rolledBack_in: (v: string, d: string) => `Rolled back to ${v} in ${d}`, changed_here: 'Changed with this release', exit_seen: 'Fail: exit seen', exit_known: 'Known at once, no probe had to come round',
  v_succeeded_body: 'Every probe it needed passed.', v_rolledBack_body: 'The deployment counts as failed.', instructions: 'What to do', way_back_first: 'Not needed: the old version is back.',
  diagnosis: 'Diagnosis', rule: (c: string) => `rule: ${c}`, confidence_high: 'Confidence high', confidence_medium: 'Confidence medium', confidence_low: 'Confidence low', evidence: 'Evidence',
  health_gate: 'Health gate', probes: 'Probes', probes_passed: (n: number, of: number) => `${n} of ${of} in a row`, ruled_out: 'Ruled out', told: 'Told', left_open: 'Left open', nobody: 'Nobody yet', nothing_open: 'Nothing', nothing_ruled_out: 'Nothing', log: 'Log', log_empty: 'Nothing written yet.', evidence_line: 'evidence',
  pass: 'Pass', fail: 'Fail', no_data: 'No data', overridden: 'Override', not_taken: 'Not taken',
  // audit
  verified: (seq: string) => `Chain verified up to #${seq}`, broken: (seq: string) => `Chain broken at #${seq}`, verifying: 'Verifying the chain…', verify: 'Verify', matching: (n: string, of: string, all: boolean) => `${n}${all ? '' : ' or more'} of ${of} entries`, search: 'Search', who: 'Who', what: 'What', where: 'Where', when: 'When', why: 'Why', from: 'From', number: 'No.',
  anyone: 'anyone', everything: 'everything', everywhere: 'everywhere', any_time: 'any time', last_day: 'last 24 hours', last_week: 'last 7 days', last_month: 'last 30 days', audit_none: 'No entry matches.', entry: (seq: string) => `Entry #${seq}`, before: 'Before', after: 'After', no_change: 'This entry records an act, not a change.',
  hash_chain: 'Hash chain', follows: 'Follows', first_entry: 'The first entry', this_entry: 'This entry', signed_by: (k: string) => `Signed by the key of ${k}`, not_signed: 'Not signed', no_reason: 'no reason given', copy_entry: 'Copy entry', copied: 'Copied', clear_filters: 'Clear the filters', match: 'Match',
  audit_export: 'Export…', audit_export_title: 'Export the audit', audit_export_body: 'Writes every entry that the filters show to a file, newest first.', exported: (n: string) => `${n} entries written`,
  told_next: (at: string) => `again at ${at}`, told_given_up: (n: number) => `given up after ${s(n, 'attempt', 'attempts')}`, hold: 'Hold',
  promotion: 'Promotion', promote: 'Promote', promote_same: 'Same release', promote_nothing: 'nothing to promote', promote_blocked: 'Blocked', promote_quarantined: (v: string) => `${v} is quarantined`, promote_on_its_way: 'On its way', promote_not_yet: 'Not yet',
  key_promote: 'Promote into this cell', key_page: 'A page up or down', key_oldest: 'The oldest revision', key_hold: 'Hold the log', key_export: 'Export',
  // releases
  releases_title: 'Releases', artifact: 'Artifact', added: 'Added', commit: 'Commit', notes: 'Notes', version: 'Version', state: 'State', deployable: 'Deployable', quarantined: 'Quarantined', clear: 'Clear…', clear_title: (v: string) => `Clear ${v}`, clear_body: 'It was rolled back, so it cannot be deployed again until somebody says why it may.', clear_go: 'Clear the quarantine', service: 'Service', releases_none: 'No releases yet. They appear when a deployment names a new version.', quarantined_since: (at: string, by: string | null, why: string) => `since ${at}${by ? `, by ${by}` : ''}: ${why}`,
  // settings
  settings_title: 'Settings', appearance: 'Appearance', language: 'Language', theme: 'Theme', lang_system: 'System', theme_system: 'System', theme_light: 'Light', theme_dark: 'Dark', about: 'About', home: 'Home', keychain: 'Keychain', available: 'Available', unavailable: 'Unavailable', engines: 'Engines', reachable: 'Reachable', unreachable: 'Unreachable', targets: 'Targets', strategy: 'Strategy', none_yet: 'None yet.',
  secrets_title: 'Secrets', secret_name: 'Name', secret_value: 'Value', secret_save: 'Save in the keychain', secret_remove: 'Remove', secret_remove_title: (n: string) => `Remove ${n}?`, secret_remove_body: 'Revisions that refer to it can then not be rolled back to.', fingerprint: 'Fingerprint', secret_note: 'Values go to the keychain of this computer and nowhere else. Only the fingerprint is shown.', secret_saved: (n: string) => `${n} saved`,
  notify: 'Notifications', agent: 'Agent', agent_on_body: (ago: string) => `Watches while this window is closed; last seen ${ago}.`, agent_off_body: 'Nobody watches while this window is closed.', policy: 'Policy as code', export_yaml: 'Export', apply_yaml: 'Apply', dry_run: 'Dry run', yaml: 'switchback.yaml', would_change: 'Would change', changed: 'Changed', no_changes: 'Nothing would change.', copy: 'Copy',
  // errors
  error_generic: 'Something did not work.', error_causes: 'What was reported', hint: 'Hint',
};

export type Messages = typeof en;
