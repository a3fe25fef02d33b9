//! The window: builds it, hands its calls to the application behind it, and nothing else.
//!
//! `opening` finds out which home to show, `commands` passes calls on, `streams` tells the window what changed.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod commands;
mod opening;
mod renderer;
mod streams;

use opening::Desk;
use std::process::ExitCode;
use streams::Streams;
use tauri::Manager as _;

fn main() -> ExitCode {
    if let Some(code) = switchback_wiring::errand() {
        return code;
    }
    if let Some(code) = told() {
        return code;
    }
    renderer::choose();
    switchback_wiring::prepare_tls();
    switchback_wiring::log("warn");
    let mut builder = tauri::Builder::default();
    if one_at_a_time() {
        builder = builder.plugin(tauri_plugin_single_instance::init(|app, _arguments, _directory| {
            if let Some(window) = app.get_webview_window("main") {
                // A window manager may refuse; the window is there all the same.
                let _ = window.unminimize();
                let _ = window.set_focus();
            }
        }));
    }
    let ran = builder
        .manage(Streams::default())
        .manage(Desk::default())
        .setup(|app| {
            let desk = app.state::<Desk>().inner().clone();
            tauri::async_runtime::spawn(async move { desk.open().await });
            Ok(())
        })
        // A page that is loaded anew has forgotten its streams.
        .on_page_load(|webview, payload| {
            if payload.event() == tauri::webview::PageLoadEvent::Started {
                webview.state::<Streams>().end_all();
            }
        })
        .invoke_handler(commands::handler())
        .run(tauri::generate_context!());
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("switchback: the window cannot be opened: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What is said instead of opening a window: which version this is, and where the commands are; or that nothing shows
/// a window here.
fn told() -> Option<ExitCode> {
    let asked = |words: [&str; 2]| std::env::args().skip(1).any(|word| words.contains(&word.as_str()));
    if asked(["--version", "-V"]) {
        println!("switchback-desktop {}", env!("CARGO_PKG_VERSION"));
        return Some(ExitCode::SUCCESS);
    }
    if asked(["--help", "-h"]) {
        println!(
            "Opens Switchback's window. SWITCHBACK_HOME names another home than the user's.\nThe command line is `switchback`; it needs no display."
        );
        return Some(ExitCode::SUCCESS);
    }
    // Finders give a process number to what they open.
    let unknown = |word: &std::ffi::OsString| {
        let word = word.to_string_lossy();
        word.starts_with('-') && !word.starts_with("-psn_")
    };
    if let Some(word) = std::env::args_os().skip(1).find(unknown) {
        eprintln!("switchback-desktop: {} is no option; see --help", word.to_string_lossy());
        return Some(ExitCode::from(2));
    }
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if cfg!(target_os = "linux") && !set("DISPLAY") && !set("WAYLAND_DISPLAY") {
        eprintln!("switchback: there is no display to open a window on; the command line is `switchback`");
        return Some(ExitCode::FAILURE);
    }
    None
}

/// Whether a second start should only raise this window. On Linux that takes a session bus, and its absence is no
/// reason not to open.
fn one_at_a_time() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !set("SWITCHBACK_MANY_WINDOWS") && (!cfg!(target_os = "linux") || set("DBUS_SESSION_BUS_ADDRESS"))
}
