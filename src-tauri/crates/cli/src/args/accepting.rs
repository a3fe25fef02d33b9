//! The grammar of `switchback migrations accept`.

use clap::Args as Arguments;
use jiff::civil::Date;

/// Which finding, until when, and why.
#[derive(Debug, Arguments)]
pub struct Accept {
    /// Service
    pub service: String,
    /// Environment
    pub environment: String,
    /// The rule's name, as `show` and `lint` give it
    #[arg(long)]
    pub rule: String,
    /// The file, from the folder of the migrations, with the line of the finding: `2_note.up.sql:3`
    #[arg(long, value_name = "FILE:LINE", value_parser = place)]
    pub at: (String, usize),
    /// The last day it is accepted
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub until: Date,
    /// Why, in one line; it stands in the file
    #[arg(long)]
    pub reason: String,
    /// Write it; without this the line is shown and nothing is changed
    #[arg(long)]
    pub yes: bool,
}

fn place(text: &str) -> Result<(String, usize), String> {
    let parts = text.rsplit_once(':').and_then(|(path, line)| Some((path.to_owned(), line.parse().ok()?)));
    parts.ok_or_else(|| "write it as FILE:LINE".to_owned())
}
