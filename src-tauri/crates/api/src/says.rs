//! What a plan warns of.

switchback_core::sentences! {
    fewer(instances, before) "fewer instances than now: {instances} instead of {before}";
    urgent(pods, counted) "urgent: {pods} pods start at once ({counted})";
    schema_stays() "that revision is from before migrations ran with releases: the schema stays as it is";
    loses(loss) "loses {loss}";
    takes_for_good(version, what) "{version} takes away what its way back does not bring back: {what}";
    made_for_less(version, revision, more) "{version} ran as {revision} on a schema without {more}: a rollback to it takes the schema back too, deploying it anew does not";
    doubted(what) "a way back will stop and ask, because it would lose {what}";
    strayed(versions) "the schema is not the one that {versions} was proven from: prove it again to know that the way back holds";
    run_by_tool(place, command) "{place}: `{command}` runs this, and what it does is not read: what it takes away is neither checked nor counted";
    not_in_text(place) "{place}: what this does is not in its text: what it takes away is neither checked nor counted";
    nothing_serves() "nothing serves from before the downs until the old app runs on its own schema";
    serves_meanwhile(version) "{version} serves while the downs run, until its pods are replaced: it may need what they take away";
    looks_secret(target, names) "{target}: {names} under `config:` looks like a secret, and would be readable in the history and the audit for ever; `switchback secret set` keeps it in the keychain, and `secrets:` refers to it";
    stays_by_hand(changes) "changed by hand, and stays so: {changes}";
    replaced_by_hand(changes) "changed by hand since, and goes with this: {changes}";
    withdrawn(target) "nothing ran on {target} before: where a later car fails, what this one brings is taken away again";
    not_kept(places) "{places}: the manifest's own, so that no revision keeps what is in it and no way back brings it back";
    stuck(why) "an earlier deployment is stuck here: {why}; `switchback resume` goes on undoing it, which is to be done before anything else";
    policy_differs(keys) "the policy file says otherwise about {keys}: the next deployment follows the file";
}

/// What a checklist's items that evaluate themselves say.
pub mod items {
    switchback_core::sentences! {
        not_yet() "not yet: this version was not deployed here";
        ended_well() "ended with 0";
        no_state() "the answer names no state";
        config(keys, secrets) "{keys} keys and {secrets} secrets, no rule broken";
        no_release(version) "no release {version} is known: `switchback release add`";
        no_runtime() "this build has no such runtime";
        no_answer() "no answer in time";
        no_migrations(service) "{service} has no migrations";
        reversible(versions) "{versions} versions, each with a way back or accepted without one";
        not_deployed() "it was not deployed here";
        not_succeeded() "its last deployment did not succeed";
        under_way() "its deployment is under way";
        runs(minutes, wanted) "runs since {minutes} min, {wanted} were asked for";
        runs_yet(minutes, wanted) "runs since {minutes} min of {wanted}";
        runs_again(minutes, wanted) "runs since {minutes} min of {wanted}, for it was started again";
        nobody_named() "nobody is named";
        cannot_tell(channel, why) "{channel} cannot be told: {why}";
        not_arrived(channel, why) "the last message to {channel} did not arrive: {why}";
        no_channel() "no channel is told when a deployment starts: name `started` under `notify`";
        told(channels) "told when it starts: {channels}";
        nothing_runs() "nothing runs yet that could be lost";
        whole(revision, version) "{revision} ({version}) comes back whole";
        not_rehearsed() "no way back was rehearsed";
        rehearsed(from, to, day, seconds) "{from} -> {to} rehearsed on {day} in {seconds} s";
        drill_failed(from, to) "the last drill, {from} -> {to}, did not come through";
        no_commit(version) "the release {version} names no commit";
        no_source() "no source is given: write forge, file, url or run";
        command_no_answer(command) "{command} gave no answer in time";
        command_ended(command, code, last) "{command} ended with {code}: {last}";
        open(at) "open; closes {at}";
        closed(at) "closed; opens {at}";
        unchecked(commit) "nothing has checked {commit} yet";
        passed(passed, all, commit) "{passed} of {all} checks of {commit} passed";
        waits(commit, names) "{commit} waits for {names}";
        failed(commit, names) "{commit} failed: {names}";
    }
}
