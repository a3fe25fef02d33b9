//! The kubeconfig: read file by file, and what is wrong with it told with its file, the place in it, and what would do.

use crate::trouble;
use kube::config::{Kubeconfig, KubeconfigError, NamedContext};
use std::{
    env,
    path::{Path, PathBuf},
};
use switchback_core::failure::{Failure, Fault};

/// Where kubectl looks when nothing is named.
const USUAL: &str = ".kube/config";

/// Reads the one file, or those that people's own tools read.
pub(crate) fn read(file: Option<&Path>) -> Result<Kubeconfig, Failure> {
    let files = file.map_or_else(usual, |file| vec![file.to_owned()]);
    // Of several, one may be missing, as with kubectl.
    let several = files.len() > 1 && files.iter().any(|file| file.exists());
    let mut whole = Kubeconfig::default();
    for file in files.iter().filter(|file| !several || file.exists()) {
        let refused = |error: KubeconfigError| refused(&file.display().to_string(), &error);
        whole = whole.merge(Kubeconfig::read_from(file).map_err(refused)?).map_err(refused)?;
    }
    Ok(whole)
}

/// What was read, for people.
pub(crate) fn shown(file: Option<&Path>) -> String {
    let files = file.map_or_else(usual, |file| vec![file.to_owned()]);
    files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ")
}

fn usual() -> Vec<PathBuf> {
    let named: Vec<PathBuf> = env::var_os("KUBECONFIG")
        .map(|all| env::split_paths(&all).filter(|file| !file.as_os_str().is_empty()).collect())
        .unwrap_or_default();
    if named.is_empty() { vec![env::home_dir().unwrap_or_default().join(USUAL)] } else { named }
}

/// A kubeconfig that cannot be used. The file's own lines are not quoted: tokens stand in it.
pub(crate) fn refused(shown: &str, error: &KubeconfigError) -> Failure {
    let said = match error {
        KubeconfigError::ReadConfig(error, file) => format!("{}: {error}", file.display()),
        KubeconfigError::Parse(error) => {
            let place = error.location().map(|at| format!(":{}:{}", at.line(), at.column())).unwrap_or_default();
            let why = error.without_snippet().to_string();
            format!("{shown}{place}: {}", unquoted(why.lines().next().unwrap_or_default().trim()))
        }
        other => format!("{shown}: {}", flat(&other.to_string())),
    };
    trouble::no_access(shown, Fault::Kubeconfig, said)
}

/// A parser's words without the text of the file that they quote.
fn unquoted(why: &str) -> String {
    let quoted = why.split_once("string \"").and_then(|(before, rest)| Some((before, rest.rsplit_once('"')?.1)));
    quoted.map_or_else(|| why.to_owned(), |(before, after)| format!("{before}a text{after}"))
}

/// Text on one line.
pub(crate) fn flat(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" / ")
}

/// Whether the context is there with all it names. `None`: the current one.
pub(crate) fn check(kubeconfig: &Kubeconfig, shown: &str, context: Option<&str>) -> Result<(), Failure> {
    let fault = |said: String| Err(trouble::no_access(shown, Fault::Context, format!("{shown} {said}")));
    let all = listed(kubeconfig.contexts.iter().map(|one| one.name.as_str()));
    let Some(wanted) = context.or(kubeconfig.current_context.as_deref()).filter(|name| !name.is_empty()) else {
        return fault(format!("names no current context; its contexts are {all}"));
    };
    let found = kubeconfig.contexts.iter().find(|one| one.name == wanted);
    let Some(NamedContext { context: Some(found), .. }) = found else {
        return fault(format!("has no context {wanted}; its contexts are {all}"));
    };
    if !kubeconfig.clusters.iter().any(|one| one.name == found.cluster) {
        let all = listed(kubeconfig.clusters.iter().map(|one| one.name.as_str()));
        return fault(format!(
            "has no cluster {}, which its context {wanted} names; its clusters are {all}",
            found.cluster
        ));
    }
    match found.user.as_deref().filter(|user| !user.is_empty()) {
        Some(user) if !kubeconfig.auth_infos.iter().any(|one| one.name == user) => {
            let all = listed(kubeconfig.auth_infos.iter().map(|one| one.name.as_str()));
            fault(format!("has no user {user}, which its context {wanted} names; its users are {all}"))
        }
        _ => Ok(()),
    }
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names = names.collect::<Vec<_>>().join(", ");
    if names.is_empty() { "none".to_owned() } else { names }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kubeconfig(text: &str) -> Kubeconfig {
        serde_saphyr::from_str(text).unwrap()
    }

    const WHOLE: &str = "current-context: a\nclusters: [{ name: c, cluster: { server: 'https://c' } }]\nusers: [{ name: u, user: \
                         {} }]\ncontexts: [{ name: a, context: { cluster: c, user: u } }, { name: b, context: { cluster: d, \
                         user: u } }, { name: e, context: { cluster: c, user: v } }]\n";

    #[test]
    fn what_a_context_names_is_there_or_what_is_there_is_told() {
        let told = |context| check(&kubeconfig(WHOLE), "/k", context).map_err(|failure| failure.message);
        assert_eq!((told(None), told(Some("a"))), (Ok(()), Ok(())));
        assert_eq!(told(Some("x")).unwrap_err(), "/k has no context x; its contexts are a, b, e");
        assert_eq!(told(Some("b")).unwrap_err(), "/k has no cluster d, which its context b names; its clusters are c");
        assert_eq!(told(Some("e")).unwrap_err(), "/k has no user v, which its context e names; its users are u");
        let empty = check(&Kubeconfig::default(), "/k", None).unwrap_err();
        assert_eq!(empty.message, "/k names no current context; its contexts are none");
    }

    #[test]
    fn a_broken_file_is_told_by_its_place_and_none_of_its_lines() {
        let error = serde_saphyr::from_str::<Kubeconfig>("users:\n- name: u\n  user: { token: s3cr3t, exec: [ }\n")
            .unwrap_err();
        let failure = refused("/k", &KubeconfigError::Parse(Box::new(error)));
        assert!(failure.message.starts_with("/k:3:") && failure.message.lines().count() == 1, "{failure}");
        assert!(!failure.message.contains("s3cr3t"), "{failure}");
        assert_eq!(unquoted("invalid type: string \"s3cr3t\", expected a map"), "invalid type: a text, expected a map");
    }
}
