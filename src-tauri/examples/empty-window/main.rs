//! A Tauri window with nothing in it: what Switchback's window is measured beside (`cargo bench --bench window`).

fn main() -> tauri::Result<()> {
    tauri::Builder::default().run(tauri::generate_context!("examples/empty-window/tauri.conf.json"))
}
