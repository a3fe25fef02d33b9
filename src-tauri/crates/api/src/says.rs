//! What a plan warns of.

switchback_core::sentences! {
    fewer(instances, before) "fewer instances than now: {instances} instead of {before}";
    urgent(pods, counted) "urgent: {pods} pods start at once ({counted})";
    schema_stays() "that revision is from before migrations ran with releases: the schema stays as it is";
    loses(loss) "loses {loss}";
    strayed(versions) "the schema is not the one that {versions} was proven from: prove it again to know that the way back holds";
    run_by_tool(place, command) "{place}: `{command}` runs this, and what it does is not read: what it takes away is neither checked nor counted";
    not_in_text(place) "{place}: what this does is not in its text: what it takes away is neither checked nor counted";
    nothing_serves() "nothing serves from before the downs until the old app runs on its own schema";
    serves_meanwhile(version) "{version} serves while the downs run, until its pods are replaced: it may need what they take away";
    looks_secret(target, names) "{target}: {names} under `config:` looks like a secret, and would be readable in the history and the audit for ever; `switchback secret set` keeps it in the keychain, and `secrets:` refers to it";
    stays_by_hand(changes) "changed by hand, and stays so: {changes}";
    policy_differs(keys) "the policy file says otherwise about {keys}: the next deployment follows the file";
}
