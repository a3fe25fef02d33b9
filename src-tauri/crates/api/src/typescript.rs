//! The window's types, written from ours: one declaration for every type that a command takes or gives.

use crate::says;
use std::{collections::BTreeMap, fmt};
use switchback_core::{
    diagnosis::{Sentence, sentences},
    gate, migration,
};
use ts_rs::{Config, TS, TypeVisitor};

/// All types that commands and streams name, and the commands.
pub struct Types {
    config: Config,
    declared: BTreeMap<String, String>,
    commands: Vec<String>,
}

impl Default for Types {
    fn default() -> Self {
        // Counters and milliseconds stay far below 2^53.
        let config = Config::new().with_large_int("number");
        let mut types = Self { config, declared: BTreeMap::new(), commands: Vec::new() };
        types.stream::<crate::ApiError>();
        types
    }
}

impl Types {
    /// One command.
    pub fn command<Request: TS + 'static, Given: TS + 'static>(&mut self, name: &str) {
        Request::visit_dependencies(self);
        self.visit::<Given>();
        let request = Request::inline(&self.config);
        // Nothing is asked for.
        let request = if request.contains(':') { request } else { "Record<string, never>".to_owned() };
        self.commands.push(format!("  {name}: [{}, {}];", one_line(&request), Given::name(&self.config)));
    }

    /// A type that no command names.
    pub fn stream<T: TS + 'static>(&mut self) {
        self.visit::<T>();
    }
}

impl TypeVisitor for Types {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        T::visit_generics(self);
        // Without a file of its own it is one of the language's own types.
        if T::output_path().is_none() {
            return;
        }
        let name = T::ident(&self.config);
        if !self.declared.contains_key(&name) {
            let docs = T::docs().unwrap_or_default();
            let text = tidy(&format!("{docs}export {}", T::decl(&self.config)));
            self.declared.insert(name, text);
            T::visit_dependencies(self);
        }
    }
}

impl fmt::Display for Types {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "// Written by `cargo test -p switchback-api` from its types: change those, not this.")?;
        for text in self.declared.values() {
            writeln!(f, "\n{text}")?;
        }
        writeln!(f, "\n/** Every command: its request and its answer. */\nexport interface Commands {{")?;
        for command in &self.commands {
            writeln!(f, "{command}")?;
        }
        writeln!(f, "}}")?;
        writeln!(
            f,
            "\n/** Every sentence that a diagnosis says: its cause, whether it is of a process, its text with facts by name. */"
        )?;
        writeln!(f, "export const sentences: [string, boolean, string][] = [")?;
        for Sentence { cause, process, text } in sentences() {
            writeln!(f, "  [{:?}, {process}, {text:?}],", cause.as_str())?;
        }
        writeln!(f, "];")?;
        let whole = [
            says::FORMS,
            switchback_core::says::FORMS,
            switchback_core::says::steps::FORMS,
            migration::says::FORMS,
            migration::says::ways::FORMS,
            switchback_lint::says::FORMS,
        ];
        let parts =
            [migration::says::parts::FORMS, switchback_core::says::parts::FORMS, switchback_lint::says::parts::FORMS];
        forms(
            f,
            "forms",
            "Every sentence of a plan's warnings, of what is found in migrations, and of what is to be done where something is stuck",
            &whole,
        )?;
        forms(f, "parts", "What is said within one of these, and never alone", &parts)?;
        forms(f, "gates", "What gates and items of checklists say", &[gate::says::FORMS, says::items::FORMS])
    }
}

/// A list that names its members one by one, so that a translation that lacks one is no program.
fn forms(f: &mut fmt::Formatter<'_>, name: &str, docs: &str, of: &[&[&str]]) -> fmt::Result {
    writeln!(f, "\n/** {docs}, with its values by name. */\nexport const {name} = [")?;
    for form in of.iter().copied().flatten() {
        writeln!(f, "  {form:?},")?;
    }
    writeln!(f, "] as const;")
}

/// Short comments on one line, fields indented below their type: the file is read by people too.
fn tidy(text: &str) -> String {
    let text = text.replace("/**\n * ", "/** ").replace("\n */\n", " */\n");
    let mut out = String::new();
    let mut inside = false;
    for line in text.lines().map(str::trim_end) {
        let indent = if inside { "  " } else { "" };
        inside |= line.starts_with("export");
        out.push_str(indent);
        out.push_str(line);
        out.push('\n');
    }
    out.trim_end().replace(", };", ",\n};")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
