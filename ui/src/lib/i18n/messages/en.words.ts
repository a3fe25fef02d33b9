// Words for what the core names by a code: errors, checks, causes, steps, acts. An unknown code falls back to itself.
type Words = Record<string, string>;

export const words = {
  errors: {
    internal: 'Something went wrong inside Switchback.', not_found: 'There is no such thing.', unknown_target: 'There is no such target.', unknown_release: 'There is no such release.', unknown_revision: 'There is no such revision.', unknown_deployment: 'There is no such deployment.',
    engine_absent: 'The engine of this target does not answer.', target_unreachable: 'The target does not answer.', target_locked: 'Somebody else holds the lock of this target.', target_paused: 'This target is paused until a person releases it.', quarantined: 'This release is quarantined.',
    plan_stale: 'The target changed since this plan was made. Look at the new plan.', plan_unknown: 'This plan is no longer known. Make a new one.', confirm_mismatch: 'The name typed does not match.', reason_required: 'A reason is needed.', checks_failed: 'A check fails.', nothing_to_do: 'This already runs.',
    already_running: 'A deployment already runs on this target.', not_running: 'This deployment is over.', invalid_config: 'The file is not valid; nothing was applied.', invalid_request: 'The request is not valid.', keychain_unavailable: 'The keychain is not available.', secret_missing: 'A secret is missing.', secret_in_use: 'This secret is in use.',
    image_missing: 'The image cannot be pulled.', store_failed: 'The history could not be read or written.', audit_broken: 'The audit does not verify.', denied: 'This is not allowed.', timeout: 'It took too long.',
    image_denied: 'The registry refuses the login.', registry_unreachable: 'The registry does not answer.', artifact_gone: 'The artifact is gone.', port_in_use: 'The port is in use.', disk_full: 'The disk is full.', start_refused: 'The runtime refused to start it.', exited: 'It exited.', unhealthy: 'It did not become healthy.', smoke_failed: 'A smoke test failed.', hook_failed: 'A hook failed.', router_refused: 'The router refused the change.', keychain_missing: 'There is no keychain.', aborted: 'A person aborted it.', runtime_error: 'The runtime reported an error.',
  } as Words,
  checks: {
    image_pullable: 'Image pullable', artifact_present: 'Artifact present', secrets_present: 'Secrets present', target_reachable: 'Target reachable', not_quarantined: 'Not quarantined', not_paused: 'Not paused', lock_free: 'Lock free', config_complete: 'Config complete', recorded: 'Way back recorded',
  } as Words,
  actions: {
    acquire_lock: 'Lock', record_current: 'Record what runs', record: 'Record what runs', prepare: 'Prepare', prepare_image: 'Prepare image', pull: 'Pull image', stop_old: 'Stop old', start_new: 'Start new', verify: 'Health gate', health_gate: 'Health gate', smoke: 'Smoke tests', switch: 'Shift traffic', shift_traffic: 'Shift traffic', remove_old: 'Remove old', remove_new: 'Remove new', restore_old: 'Restore old', hook: 'Hook', create: 'Create', start: 'Start new', stop: 'Stop', confirm: 'Wait for a person', remove: 'Remove', release_lock: 'Release lock', watch: 'Watch',
  } as Words,
  causes: {
    connection_refused_localhost: 'Localhost inside a container', connection_refused_remote: 'Connection refused', timeout_connect: 'Connection timed out', dns_failure: 'Name not resolved', tls_cert_expired_or_untrusted: 'Certificate expired or not trusted', auth_failed_database: 'Database login refused', schema_mismatch: 'Schema does not match', missing_env_var: 'Missing variable', config_parse_error: 'Config does not parse', missing_file: 'Missing file', missing_dependency: 'Missing dependency', permission_denied: 'Permission denied', port_in_use: 'Port in use', oom_killed: 'Out of memory', disk_full: 'Disk full', exec_format_or_missing_entrypoint: 'Program does not start', image_pull_not_found: 'Image not found', image_pull_auth: 'Image login refused', quota_or_unschedulable: 'No room to run', probe_failed: 'Probe failed', unhandled_exception_in_app: 'Unhandled exception', unknown: 'Cause unknown',
  } as Words,
  acts: {
    deployment_started: 'Deploy started', deployment_succeeded: 'Deployed', deployment_rolled_back: 'Auto rollback', deployment_failed: 'Deploy failed', deployment_stuck: 'Stuck', deployment_aborted: 'Aborted', rollback_started: 'Rollback started', rolled_back: 'Rolled back', quarantined: 'Quarantined', quarantine_cleared: 'Quarantine cleared', paused: 'Paused', released: 'Target released', pause_released: 'Target released', secret_set: 'Secret set', secret_removed: 'Secret removed', policy_applied: 'Policy changed', release_added: 'Release added', demo_loaded: 'Demo loaded',
  } as Words,
  runtimes: { docker: 'Docker', kubernetes: 'Kubernetes', process: 'Process' },
  kinds: { deploy: 'Deploy', rollback: 'Rollback', promotion: 'Promotion', drill: 'Drill' },
  outcomes: { running: 'Deploying', succeeded: 'Done', rolledBack: 'Undone', stuck: 'Stuck', aborted: 'Aborted' },
};
