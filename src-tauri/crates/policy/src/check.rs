//! Mistakes of meaning: names that meet nothing, zones that do not exist, rules nobody can satisfy.
//!
//! All of them are found and told at once, each at its key. Targets, which have the most to get wrong, are checked in
//! [`crate::check_target`]. Nothing here asks the world: that a file or an engine exists is found when it is used.

use crate::{
    check_target, checklists,
    document::{Document, MigrationCommands, Migrations},
    environment::{Approvals, EnvironmentSpec},
    places::Places,
    problem::{Problem, nearest},
    scalar::PublicKey,
    windows,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};
use switchback_core::{
    migration::Layout,
    server::{NoServer, Server},
};

/// More checklists than this are nobody's; each is held against each that it takes in.
const MOST_CHECKLISTS: usize = 500;

/// All mistakes of meaning in a document, each with the path that it is told at.
pub(crate) fn check(document: &Document, places: &Places) -> Vec<(Vec<String>, Problem)> {
    let mut finds = Finds { places, problems: Vec::new(), paths: Vec::new() };
    services(document, &mut finds);
    databases(document, &mut finds);
    for (name, environment) in &document.environments {
        environments(document, name.as_str(), environment, &mut finds);
    }
    if finds.few(&["checklists"], document.checklists.len(), MOST_CHECKLISTS) {
        for (name, checklist) in &document.checklists {
            checklists::check(document, name, checklist, &mut finds);
        }
    }
    for (target, spec) in &document.targets {
        check_target::check(document, target, spec, &mut finds);
    }
    people(document, &mut finds);
    if let Some(asked) = &document.policy.approvals {
        approvals(&["policy", "approvals"], asked, &mut finds);
    }
    for (index, notice) in document.notify.iter().enumerate() {
        let index = index.to_string();
        let path = ["notify", &index];
        let channels = [notice.slack.is_some(), notice.mail.is_some(), notice.webhook.is_some(), notice.desktop];
        finds.exactly_one(&path, &channels, "slack, mail, webhook and desktop");
        if notice.on.is_empty() {
            finds.tell(&path, "never_told", "this channel is told of nothing: name events under \"on\", or all");
        }
    }
    finds.paths.into_iter().zip(finds.problems).collect()
}

/// What has been found so far, and where keys stand.
pub(crate) struct Finds<'a> {
    places: &'a Places,
    problems: Vec<Problem>,
    /// Of each problem.
    paths: Vec<Vec<String>>,
}

impl Finds<'_> {
    pub(crate) fn tell(&mut self, path: &[&str], code: &'static str, message: impl Into<String>) -> &mut Problem {
        self.problems.push(Problem::at(&self.places.of(path), code, message));
        self.paths.push(path.iter().map(|part| (*part).to_owned()).collect());
        let last = self.problems.len() - 1;
        &mut self.problems[last]
    }

    /// Whether a list is no longer than it can be looked at; told when it is.
    pub(crate) fn few(&mut self, path: &[&str], count: usize, most: usize) -> bool {
        if count > most {
            let what = path.last().copied().unwrap_or_default();
            let problem = self.tell(path, "too_many", format!("there are {count} {what}; at most {most} are read"));
            *problem = problem.clone().with("limit", most);
        }
        count <= most
    }

    /// Whether something is written there, be it empty.
    pub(crate) fn written(&self, path: &[&str]) -> bool {
        self.places.exactly(path).is_some()
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.problems.len()
    }

    /// A name that should be declared elsewhere.
    pub(crate) fn known<'n, N: fmt::Display>(
        &mut self,
        path: &[&str],
        code: &'static str,
        what: &str,
        name: &N,
        declared: impl IntoIterator<Item = &'n str>,
    ) {
        let name = name.to_string();
        let declared: Vec<&str> = declared.into_iter().collect();
        if !declared.contains(&name.as_str()) {
            let suggestion = nearest(&name, declared);
            let problem = self.tell(path, code, format!("{what} {name:?} is not declared"));
            *problem = problem.clone().suggesting(suggestion).with("name", name);
        }
    }

    pub(crate) fn exactly_one(&mut self, path: &[&str], given: &[bool], of: &str) {
        let count = given.iter().filter(|given| **given).count();
        if count != 1 {
            self.tell(path, "exactly_one", format!("exactly one of {of} must be written here; there are {count}"));
        }
    }

    pub(crate) fn port(&mut self, path: &[&str], port: u16) {
        if port == 0 {
            self.tell(path, "port_zero", "port 0 cannot be connected to: name a port from 1 to 65535");
        }
    }
}

fn services(document: &Document, finds: &mut Finds) {
    for (name, service) in &document.services {
        let base = ["services", name.as_str()];
        if let Some(image) = &service.image {
            let last = image.rsplit('/').next().unwrap_or(image);
            if image.is_empty() || last.contains([':', '@']) {
                let message = "an image is named without a tag or digest: a release pins the digest";
                finds.tell(&["services", name.as_str(), "image"], "image_tagged", message);
            }
        }
        if service.image.is_some() && service.folder.is_some() {
            let message = "a service is released as an image or as a folder, not both";
            finds.tell(&base, "image_and_folder", message);
        }
        if let Some(migrations) = &service.migrations {
            let path = [base[0], base[1], "migrations", "database"];
            let declared = document.databases.keys().map(String::as_str);
            finds.known(&path, "database_unknown", "the database", &migrations.database, declared);
            commands(&[base[0], base[1], "migrations"], migrations, finds);
        }
        for (key, rule) in &service.config {
            if let Some(default) = &rule.default
                && rule.fault(default).is_some()
            {
                let message = format!("the default {default:?} breaks the rule it stands in");
                finds.tell(&[base[0], base[1], "config", key, "default"], "default_invalid", message);
            }
            for environment in rule.forbid.keys() {
                let path = [base[0], base[1], "config", key, "forbid", environment.as_str()];
                known_environment(document, &path, environment, finds);
            }
        }
    }
}

/// The layout `command` is all four commands, and no other layout has any.
fn commands(path: &[&str], migrations: &Migrations, finds: &mut Finds) {
    let by_command = migrations.layout == Layout::Command;
    let Some(commands) = &migrations.commands else {
        if by_command {
            let message = "the layout \"command\" needs \"commands\" beside it: list, status, up and down";
            finds.tell(path, "commands_missing", message);
        }
        return;
    };
    let path = &[path, &["commands"]].concat();
    if !by_command {
        finds.tell(path, "commands_unused", "commands belong to the layout \"command\": other layouts read files");
        return;
    }
    let MigrationCommands { list, status, up, down, timeout, books: _ } = commands;
    for (name, command) in [("list", list), ("status", status), ("up", up), ("down", down)] {
        if command.iter().all(String::is_empty) {
            finds.tell(path, "commands_missing", format!("{name} is missing: write it as a list of words"));
        }
    }
    if timeout.is_some_and(|timeout| timeout.0.is_zero()) {
        finds.tell(&[path, &["timeout"][..]].concat(), "timeout_zero", "a version may take longer than no time");
    }
}

fn databases(document: &Document, finds: &mut Finds) {
    for (name, places) in &document.databases {
        for (environment, database) in places {
            let path = ["databases", name, environment.as_str()];
            known_environment(document, &path, environment, finds);
            let kinds = [database.postgres.is_some(), database.mysql.is_some(), database.sqlite.is_some()];
            finds.exactly_one(&path, &kinds, "postgres, mysql and sqlite");
            for (kind, settings) in [("postgres", &database.postgres), ("mysql", &database.mysql)] {
                if let Some(Err(error)) = settings.as_ref().map(|settings| settings.parse::<Server>()) {
                    let path = [path[0], path[1], path[2], kind];
                    let code = if error == NoServer::Password { "password_in_file" } else { "database_place" };
                    finds.tell(&path, code, format!("{error}; write \"host=… port=… dbname=… user=…\""));
                }
            }
            if let Some(path_to) = &database.sqlite
                && path_to.as_os_str().is_empty()
            {
                finds.tell(&[path[0], path[1], path[2], "sqlite"], "database_place", "the path of the file is empty");
            }
        }
    }
}

pub(crate) fn known_environment(
    document: &Document,
    path: &[&str],
    environment: &switchback_core::name::Environment,
    finds: &mut Finds,
) {
    let declared = document.environments.keys().map(switchback_core::name::Environment::as_str);
    finds.known(path, "environment_unknown", "the environment", environment, declared);
}

/// Files of a zone database that are no zones: what they stand for differs from machine to machine.
const NO_ZONES: [&str; 3] = ["localtime", "posixrules", "Factory"];

fn environments(document: &Document, name: &str, spec: &EnvironmentSpec, finds: &mut Finds) {
    let base = "environments";
    if let Some(zone) = &spec.zone
        && (NO_ZONES.contains(&zone.as_str()) || jiff::tz::TimeZone::get(zone).is_err())
    {
        let names: Vec<String> = jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect();
        let suggestion = nearest(zone, names.iter().map(String::as_str));
        let problem = finds.tell(&[base, name, "zone"], "zone_unknown", format!("there is no time zone {zone:?}"));
        *problem = problem.clone().suggesting(suggestion).with("zone", zone);
    }
    if let Some(from) = &spec.promote_from {
        let path = [base, name, "promote-from"];
        if from.as_str() == name {
            finds.tell(&path, "promotes_itself", "an environment cannot be promoted from itself");
        }
        known_environment(document, &path, from, finds);
    }
    if let Some(checklist) = spec.checklist.as_ref().filter(|name| *name != checklists::DEFAULT) {
        let declared = document.checklists.keys().map(String::as_str);
        finds.known(&[base, name, "checklist"], "checklist_unknown", "the checklist", checklist, declared);
    }
    windows::check(name, spec, finds);
    if let Some(asked) = &spec.approvals {
        approvals(&[base, name, "approvals"], asked, finds);
    }
}

fn approvals(path: &[&str], asked: &Approvals, finds: &mut Finds) {
    let people: BTreeSet<&String> = asked.of.iter().collect();
    if let Some(index) = asked.of.iter().position(|name| name.trim().is_empty()) {
        finds.tell(&[path, &["of", &index.to_string()]].concat(), "approvals_impossible", "nobody has an empty name");
    }
    if asked.expire.is_some_and(|span| span.0.is_zero()) {
        let message = "an approval that expires at once never counts";
        finds.tell(&[path, &["expire"]].concat(), "approvals_impossible", message);
    }
    let (need, of) = (usize::from(asked.need), people.len());
    if of == 0 {
        finds.tell(&[path, &["of"]].concat(), "approvals_impossible", "nobody is asked: name people here");
        return;
    }
    if need == 0 || need > of {
        let message = format!("{need} approvals of {of} people are asked for: it must be 1 to {of}");
        let problem = finds.tell(&[path, &["need"]].concat(), "approvals_impossible", message);
        *problem = problem.clone().with("need", need).with("of", of);
    }
}

/// Keys count for whom somebody asks: under a name that nobody asks, they would leave the one who is meant without any,
/// and a yes of theirs would count unsigned. A key that two people share would let one of them say yes twice.
fn people(document: &Document, finds: &mut Finds) {
    let environments = document.environments.values().filter_map(|spec| spec.approvals.as_ref());
    let asked = environments.chain(document.policy.approvals.as_ref());
    let asked: BTreeSet<&str> = asked.flat_map(|asked| &asked.of).map(String::as_str).collect();
    for name in document.people.keys().filter(|name| !asked.contains(name.as_str())) {
        let message = format!("no approvals ask {name:?}, so that these keys count for nobody");
        let problem = finds.tell(&["people", name], "person_not_asked", message);
        *problem = problem.clone().suggesting(nearest(name, asked.iter().copied())).with("name", name);
    }
    let mut known: BTreeMap<&PublicKey, &String> = BTreeMap::new();
    for (name, person) in &document.people {
        for (index, key) in person.keys.iter().enumerate() {
            if let Some(other) = known.insert(key, name).filter(|other| *other != name) {
                let message = format!("the key of {name} is {other}'s too");
                finds.tell(&["people", name, "keys", &index.to_string()], "key_shared", message);
            }
        }
    }
}
