//! The window's commands in a process of its own, driven by lines: what a page would get, without a page.
//!
//! Each line of standard input is a command's name and its request, each line of standard output the answer or the error
//! as JSON. The home and the keychain come from the surroundings.

use std::io::BufRead as _;
use switchback_api::commands::dispatch;
use switchback_wiring::{Options, open};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let wired = open(Options { home: None, client: "desktop" }).await?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (name, request) = line.split_once(' ').unwrap_or((&line, "{}"));
        match Box::pin(dispatch(&wired.app, name, serde_json::from_str(request)?)).await {
            Ok(answer) => println!("{answer}"),
            Err(error) => println!("{}", serde_json::to_string(&error)?),
        }
    }
    Ok(())
}
