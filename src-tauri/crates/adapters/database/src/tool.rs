//! Migrations by the team's own commands: listed, told and run by a tool that alone knows what they do.
//!
//! A command is told where the database is by its environment, never by an argument; where what it prints repeats the
//! password, that is taken out. Before a version runs its file is held against the plan, the lock of our own runners is
//! taken, and afterwards the tool itself must say that the version is there: an exit code alone is not believed.

use crate::{
    Connection, Place,
    address::environment,
    lock,
    port::{failed, place, read_only, stopped},
    runner::RunError,
};
use secrecy::SecretString;
use std::{collections::BTreeMap, fs, path::Path, time::Duration};
use switchback_core::{
    failure::{EVIDENCE_LINES, Failure, FailureKind, LogLine},
    mask::Mask,
    migration::{BadLine, MOST_BYTES, MOST_FILES, Set, SourceFile, ToldState, Tool, Way, listed, told},
    port::{Arrival, CommandOutput, Errand, Programs, Stands},
    schema::{Database, Loss},
};

/// The most bytes that are kept of what a command prints.
const MOST: usize = 1024 * 1024;
/// How many of a failed command's last lines stand in its message; more of them stand in the log.
const SAID: usize = 6;
/// How long such a line may be, in letters.
const LINE: usize = 200;

/// A tool in the hand that runs it.
pub struct Hand<'a> {
    pub programs: &'a dyn Programs,
    pub tool: &'a Tool,
}

/// A database as commands are told it.
struct Address<'a> {
    at: &'a Database,
    place: Place,
    password: Option<&'a SecretString>,
}

impl<'a> Address<'a> {
    fn of(at: &'a Database, password: Option<&'a SecretString>) -> Result<Self, Failure> {
        Ok(Self { at, place: place(at)?, password })
    }
}

impl Hand<'_> {
    /// What there is.
    pub async fn list(&self) -> Result<Set, Failure> {
        let output = self.run(&self.tool.list, Vec::new(), self.tool.saying(), &Mask::default()).await?;
        let listed = listed(&output).map_err(|bad| misread(&self.tool.list, &bad))?;
        if listed.len() > MOST_FILES {
            let said = format!("{} lists more than {MOST_FILES} versions", shown(&self.tool.list));
            return Err(Failure::new(FailureKind::Other, said));
        }
        let mut files = BTreeMap::new();
        for path in listed.iter().flat_map(|one| [Some(&one.up), one.down.as_ref()]).flatten() {
            if !files.contains_key(path)
                && let Some(file) = file(&self.tool.files, path)?
            {
                files.insert(path.clone(), file);
            }
        }
        Ok(self.tool.clone().set(listed, &files))
    }

    /// Where a database stands, as the tool tells it. Whether it can be reached and written is asked of itself.
    pub async fn stands(&self, at: &Database, password: Option<&SecretString>, set: &Set) -> Result<Stands, Failure> {
        let address = Address::of(at, password)?;
        let mut connection = Connection::open(&address.place, password).await.map_err(|error| failed(at, &error))?;
        let read_only = read_only(&mut connection).await;
        connection.close().await;
        let read_only = read_only.map_err(|error| failed(at, &error))?;
        let states = self.states(&address).await?;
        let is = |version: &str, state| states.get(version) == Some(&state);
        let known = |version: &&String| set.migrations.iter().any(|one| one.version == **version);
        let versions = set.migrations.iter().map(|one| &one.version);
        Ok(Stands {
            applied: versions.filter(|version| is(version, ToldState::Applied)).cloned().collect(),
            busy: false,
            half: states.keys().find(|version| is(version, ToldState::HalfApplied)).cloned(),
            ahead: states
                .keys()
                .filter(|version| is(version, ToldState::Applied) && !known(version))
                .cloned()
                .collect(),
            edited: Vec::new(),
            read_only,
        })
    }

    /// What a way back takes away cannot be counted; one that has nothing to take back takes nothing.
    pub async fn losses(
        &self,
        at: &Database,
        password: Option<&SecretString>,
        version: &str,
        way: Way,
    ) -> Result<Vec<Loss>, Failure> {
        let Some(loss) = self.tool.loss(version).filter(|_| way == Way::Down) else { return Ok(Vec::new()) };
        let pending = self.state(&Address::of(at, password)?, version).await? == ToldState::Pending;
        Ok(if pending { Vec::new() } else { vec![loss] })
    }

    /// Whether the tool goes where it is told to: at a place without a database it has nothing to say. One with an
    /// address of its own would take a proof to the database that people use.
    pub async fn obeys(&self, at: &Database, password: Option<&SecretString>) -> Result<(), Failure> {
        let address = Address { place: place(at)?.nowhere(), ..Address::of(at, password)? };
        if self.states(&address).await.is_err() {
            return Ok(());
        }
        let said = format!(
            "{} answers for a database that does not exist: the tool does not go where DATABASE_URL says, so nothing is \
             proven with it",
            shown(&self.tool.status)
        );
        Err(Failure::new(FailureKind::Other, said))
    }

    /// Runs one way of one version.
    pub async fn walk(
        &self,
        at: &Database,
        password: Option<&SecretString>,
        set: &Set,
        version: &str,
        way: Way,
    ) -> Result<Arrival, Failure> {
        self.step(&Address::of(at, password)?, set, version, way).await
    }

    /// The same on a scratch database that was made for `at`.
    pub async fn walk_on(
        &self,
        scratch: &Place,
        (at, password): (&Database, Option<&SecretString>),
        set: &Set,
        version: &str,
        way: Way,
    ) -> Result<Arrival, Failure> {
        self.step(&Address { at, place: scratch.clone(), password }, set, version, way).await
    }

    async fn step(&self, address: &Address<'_>, set: &Set, version: &str, way: Way) -> Result<Arrival, Failure> {
        let Address { at, password, .. } = *address;
        let refused = |said: String| {
            Failure::new(FailureKind::MigrationFailed { version: version.to_owned() }, format!("{version} {said}"))
        };
        let mut connection = Connection::open(&address.place, password).await.map_err(|error| failed(at, &error))?;
        let held = lock::take(&mut connection, &address.place).await.map_err(|error| failed(at, &error))?;
        let Some(_held) = held else {
            return Err(stopped(at, version, RunError::Locked { place: address.place.to_string() }));
        };
        let wanted = if way == Way::Up { ToldState::Applied } else { ToldState::Pending };
        let stands = self.state(address, version).await?;
        if stands == wanted {
            return Ok(Arrival::Already);
        }
        if stands == ToldState::HalfApplied {
            return Err(refused(
                "is half applied, as its tool tells: finish or undo it with the tool itself".to_owned(),
            ));
        }
        self.unchanged(set, version, way).map_err(refused)?;
        let command = self.tool.way(way, version);
        let mut given = environment(&address.place, password);
        given.push(("SWITCHBACK_VERSION", version.into()));
        let ran = self.run(&command, given, self.tool.timeout, &Mask::of(password)).await;
        let stands = self.state(address, version).await;
        connection.close().await;
        let stood = |stands: ToldState| format!("its tool says afterwards that it is {}", stands.as_str());
        match (ran, stands) {
            (Ok(_), Ok(stands)) if stands == wanted => Ok(Arrival::Done),
            (Ok(_), Ok(stands)) => {
                Err(refused(format!("{}: {} ended well, and {}", way.as_str(), shown(&command), stood(stands))))
            }
            (Ok(_), Err(untold)) => Err(untold),
            (Err(failure), stands) => {
                let stands = stands.map_or_else(|_| "its tool does not say where that left it".to_owned(), stood);
                Err(Failure { log: failure.log, ..refused(format!("{}: {}; {stands}", way.as_str(), failure.message)) })
            }
        }
    }

    /// What runs is what a person saw: a file that is another one now is not run.
    fn unchanged(&self, set: &Set, version: &str, way: Way) -> Result<(), String> {
        let script = set.migrations.iter().find(|one| one.version == version).and_then(|one| one.script(way));
        let script = script.ok_or_else(|| format!("has no way {}", way.as_str()))?;
        let path = &script.path;
        match file(&self.tool.files, path) {
            Ok(Some(file)) if file.checksum() == script.checksum => Ok(()),
            Ok(Some(_)) => {
                Err(format!("{}: {path} is not what it was when this was planned: it is not run", way.as_str()))
            }
            Ok(None) => Err(format!("{}: {path} is gone", way.as_str())),
            Err(failure) => Err(failure.message),
        }
    }

    async fn state(&self, address: &Address<'_>, version: &str) -> Result<ToldState, Failure> {
        Ok(self.states(address).await?.get(version).copied().unwrap_or(ToldState::Pending))
    }

    async fn states(&self, address: &Address<'_>) -> Result<BTreeMap<String, ToldState>, Failure> {
        let (tool, mask) = (self.tool, Mask::of(address.password));
        let given = environment(&address.place, address.password);
        let output = self.run(&tool.status, given, tool.saying(), &mask).await?;
        let told =
            told(&output).map_err(|bad| misread(&tool.status, &BadLine { text: mask.text(&bad.text), ..bad }))?;
        Ok(told.into_iter().map(|one| (one.version, one.state)).collect())
    }

    /// What a command printed when it ended well.
    async fn run(
        &self,
        command: &[String],
        environment: Vec<(&'static str, SecretString)>,
        patience: Duration,
        mask: &Mask,
    ) -> Result<String, Failure> {
        let errand = Errand { command, folder: &self.tool.folder, environment: &environment, patience, most: MOST };
        let answer = self.programs.run(errand).await?;
        let other = |said: String| Failure::new(FailureKind::Other, said);
        if answer.code == 0 {
            let whole = answer.output.len() < MOST;
            return whole.then_some(answer.output).ok_or_else(|| other(format!("{} prints too much", shown(command))));
        }
        let text = mask.text(&answer.output);
        let line = |line: &str| line.chars().filter(|letter| !letter.is_control()).take(LINE).collect::<String>();
        let lines: Vec<String> = text.lines().map(line).filter(|line| !line.trim().is_empty()).collect();
        let last = |count: usize| &lines[lines.len().saturating_sub(count)..];
        let ended = match answer.code {
            CommandOutput::LATE => format!("did not end within {} s and was ended", patience.as_secs_f32()),
            code => format!("ended with {code}"),
        };
        let said = if lines.is_empty() { "it said nothing".to_owned() } else { last(SAID).join("; ") };
        let log = last(EVIDENCE_LINES).iter().map(|text| LogLine { at: None, stderr: true, text: text.clone() });
        Err(Failure { log: log.collect(), ..other(format!("{} {ended}: {said}", shown(command))) })
    }
}

fn shown(command: &[String]) -> String {
    format!("`{}`", command.join(" "))
}

fn misread(command: &[String], bad: &BadLine) -> Failure {
    Failure::new(FailureKind::Other, format!("{} printed what is not the contract: {bad}", shown(command)))
}

/// A file that a list names; `None` when it is not there.
fn file(folder: &Path, path: &str) -> Result<Option<SourceFile>, Failure> {
    let whole = folder.join(path);
    let refused = |why: String| Failure::new(FailureKind::Other, format!("{}: {why}", whole.display()));
    let size = match fs::metadata(&whole) {
        Ok(facts) if facts.is_file() => facts.len(),
        Ok(_) => return Err(refused("it is no file".to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(refused(error.to_string())),
    };
    if size > MOST_BYTES {
        return Err(refused(format!("it has {size} bytes, more than a migration")));
    }
    let bytes = fs::read(&whole).map_err(|error| refused(error.to_string()))?;
    Ok(Some(SourceFile { path: path.to_owned(), text: String::from_utf8_lossy(&bytes).into_owned() }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use std::sync::Mutex;
    use switchback_core::port::CommandOutput;

    /// Answers one thing, and keeps what it was given.
    struct Says(i32, &'static str, Mutex<Vec<String>>);

    #[async_trait]
    impl Programs for Says {
        async fn run(&self, errand: Errand<'_>) -> Result<CommandOutput, Failure> {
            self.2.lock().unwrap().extend(errand.command.iter().cloned());
            Ok(CommandOutput { code: self.0, output: self.1.to_owned() })
        }
    }

    async fn stands(code: i32, output: &'static str) -> (String, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shop.db");
        fs::write(&file, []).unwrap();
        let place = format!("sqlite:{}", file.display());
        let at = Database { name: "main".to_owned(), place, password: None };
        let word = vec!["tool".to_owned()];
        let tool = Tool {
            list: word.clone(),
            status: word.clone(),
            up: word.clone(),
            down: word,
            folder: folder.path().to_owned(),
            files: folder.path().to_owned(),
            books: Vec::new(),
            timeout: Duration::from_secs(1),
            lossless: [].into(),
        };
        let says = Says(code, output, Mutex::default());
        let set = tool.clone().set(Vec::new(), &BTreeMap::new());
        let hand = Hand { programs: &says, tool: &tool };
        let failure = hand.stands(&at, Some(&"sesame open".into()), &set).await.unwrap_err();
        (serde_json::to_string(&failure).unwrap(), says.2.into_inner().unwrap())
    }

    #[tokio::test]
    async fn a_password_that_a_tool_prints_is_in_no_evidence_and_in_no_argument() {
        let printed = "connecting to app:sesame%20open@db\n\u{1b}[31mno login for sesame open";
        for (code, output) in [(1, printed), (0, "sesame open"), (0, "{\"version\":\"sesame open\"}")] {
            let (said, arguments) = stands(code, output).await;
            assert!(!said.contains("sesame") && !said.contains('\u{1b}') && said.contains("***"), "{said}");
            assert_eq!(arguments, ["tool"]);
        }
    }
}
