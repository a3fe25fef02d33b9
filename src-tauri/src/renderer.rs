//! WebKitGTK's DMA-BUF renderer leaves windows blank on some drivers; unless the user decided, it is off.
//!
//! The library reads an environment variable when it starts, and a running program must not change its own
//! environment. So the program starts once more in its own place, with the variable set.

/// The variable WebKitGTK reads.
#[cfg(target_os = "linux")]
const VARIABLE: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";

/// Starts this program once more in its own place when the variable is not set. Returns when it is, or when that did
/// not work: then the window opens with the library's own choice.
#[cfg(target_os = "linux")]
pub fn choose() {
    use std::os::unix::process::CommandExt as _;
    if std::env::var_os(VARIABLE).is_some() {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let error = std::process::Command::new(program).args(std::env::args_os().skip(1)).env(VARIABLE, "1").exec();
    eprintln!("switchback: {VARIABLE} could not be set: {error}");
}

/// Other platforms have another renderer.
#[cfg(not(target_os = "linux"))]
pub fn choose() {}
